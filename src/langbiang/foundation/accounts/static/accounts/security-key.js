// Security keys (WebAuthn): asks the browser for the key's answer and sends it with the form.
"use strict";
(() => {
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (ch) => ch.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const create = async (options) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: known(options.excludeCredentials),
      },
    });
    return {
      id: made.id, rawId: text(made.rawId), type: made.type,
      clientExtensionResults: made.getClientExtensionResults(),
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };

  const get = async (options) => {
    const given = await navigator.credentials.get({
      publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: known(options.allowCredentials) },
    });
    return {
      id: given.id, rawId: text(given.rawId), type: given.type,
      clientExtensionResults: given.getClientExtensionResults(),
      response: {
        clientDataJSON: text(given.response.clientDataJSON),
        authenticatorData: text(given.response.authenticatorData),
        signature: text(given.response.signature),
        userHandle: given.response.userHandle ? text(given.response.userHandle) : null,
      },
    };
  };

  for (const form of document.querySelectorAll("form[data-security-key]")) {
    const state = form.querySelector("[data-security-key-state]");
    const button = form.querySelector("button");
    const options = JSON.parse(document.getElementById("security-key-options").textContent).publicKey;
    if (!window.PublicKeyCredential) {
      if (form.dataset.securityKey === "create") {
        state.textContent = state.dataset.missing;
        button.disabled = true;
      }
      continue;
    }
    form.hidden = false;
    const ask = async (event) => {
      event.preventDefault();
      state.textContent = state.dataset.waiting;
      button.disabled = true;
      try {
        const answer = form.dataset.securityKey === "create" ? await create(options) : await get(options);
        form.querySelector("input[name=key]").value = JSON.stringify(answer);
        form.submit();
      } catch {
        state.textContent = state.dataset.failed;
        button.disabled = false;
      }
    };
    if (form.dataset.securityKey === "create") form.addEventListener("submit", ask);
    else button.addEventListener("click", ask);
  }
})();
