/** Where tabs are wider than the page, the one that is open is in sight. */
export function showOpenTab(): void {
  for (const open of document.querySelectorAll<HTMLElement>(".tabs [aria-current]")) {
    const row = open.closest<HTMLElement>(".tabs");
    if (row && row.scrollWidth > row.clientWidth) {
      const middle = open.getBoundingClientRect().left - row.getBoundingClientRect().left + row.scrollLeft + open.offsetWidth / 2;
      row.scrollLeft = middle - row.clientWidth / 2;
    }
  }
}
