// Points that are dragged: the number fields are what is sent, the pictures only move them. Arrow keys move a point too.
(() => {
  const form = document.querySelector("[data-calibration]");
  if (!form) return;
  const field = (name, n) => form.elements.namedItem(name + n);
  const number = (input) => parseFloat(input.value.replace(",", "."));
  const sides = { picture: ["u", "v"], map: ["x", "y"] };
  const NS = "http://www.w3.org/2000/svg";

  for (const svg of form.querySelectorAll("svg[data-side]")) {
    const isMap = svg.dataset.side === "map";
    const [across, down] = sides[svg.dataset.side];
    const box = svg.viewBox.baseVal;
    const size = box.width / 34;
    const outline = document.createElementNS(NS, "polygon");
    outline.setAttribute("class", "calibration-quad");
    svg.append(outline);
    const place = (n) => {
      const x = number(field(across, n)), y = number(field(down, n));
      return Number.isFinite(x) && Number.isFinite(y) ? [x, isMap ? -y : y] : null;
    };
    const handles = [];
    const draw = () => {
      const corners = [];
      handles.forEach((handle, k) => {
        const at = place(k + 1);
        handle.style.display = at ? "" : "none";
        if (!at) return;
        handle.setAttribute("transform", `translate(${at[0]} ${at[1]})`);
        if (k < 4) corners.push(at.join(","));
      });
      outline.setAttribute("points", corners.join(" "));
    };
    const put = (n, x, y) => {
      x = Math.min(box.x + box.width, Math.max(box.x, x));
      y = Math.min(box.y + box.height, Math.max(box.y, y));
      field(across, n).value = isMap ? x.toFixed(1) : Math.round(x);
      field(down, n).value = isMap ? (-y).toFixed(1) : Math.round(y);
      field(across, n).dispatchEvent(new Event("input", { bubbles: true }));
      draw();
    };
    for (let n = 1; field(across, n); n += 1) {
      const handle = document.createElementNS(NS, "g");
      handle.setAttribute("class", "calibration-point");
      handle.setAttribute("tabindex", "0");
      handle.setAttribute("role", "button");
      handle.setAttribute("aria-label", `${svg.getAttribute("aria-label")}: ${n}`);
      const circle = document.createElementNS(NS, "circle");
      circle.setAttribute("r", size);
      const text = document.createElementNS(NS, "text");
      text.textContent = n;
      text.setAttribute("font-size", size * 1.2);
      text.setAttribute("dy", size * 0.42);
      handle.append(circle, text);
      svg.append(handle);
      handles.push(handle);
      handle.addEventListener("pointerdown", (event) => {
        handle.setPointerCapture(event.pointerId);
        event.preventDefault();
        handle.focus();
      });
      handle.addEventListener("pointermove", (event) => {
        if (!handle.hasPointerCapture(event.pointerId)) return;
        const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
        put(n, at.x, at.y);
      });
      handle.addEventListener("keydown", (event) => {
        const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
        const way = ways[event.key], at = place(n);
        if (!way || !at) return;
        event.preventDefault();
        const step = (isMap ? 0.1 : 1) * (event.shiftKey ? 10 : 1);
        put(n, at[0] + way[0] * step, at[1] + way[1] * step);
      });
    }
    form.addEventListener("input", draw);
    draw();
  }

  // The still is drawn here and nowhere else: it is not part of the form.
  const still = document.getElementById("still");
  still.addEventListener("change", async () => {
    const file = still.files && still.files[0];
    if (!file) return;
    const picture = await createImageBitmap(file);
    const canvas = form.querySelector("canvas"), svg = form.querySelector('svg[data-side="picture"]');
    canvas.width = picture.width;
    canvas.height = picture.height;
    canvas.getContext("2d").drawImage(picture, 0, 0);
    svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
    form.elements.namedItem("width").value = picture.width;
    form.elements.namedItem("height").value = picture.height;
    form.classList.add("has-still");
  });
})();
