// "Use my position": fills the two hidden fields; without it the words are enough.
(() => {
  "use strict";
  const box = document.querySelector("[data-position]");
  if (!box || !("geolocation" in navigator)) return;
  box.hidden = false;
  const said = box.querySelector("[data-said]");
  box.querySelector("[data-locate]").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        document.querySelector("[data-longitude]").value = coords.longitude.toFixed(6);
        document.querySelector("[data-latitude]").value = coords.latitude.toFixed(6);
        said.textContent = box.dataset.taken;
      },
      () => { said.textContent = box.dataset.refused; },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  });
})();
// At the desk the cursor stands where one types first, or where something is wrong; who types already is left alone.
(() => {
  "use strict";
  if (document.activeElement !== document.body) return;
  const form = document.querySelector("[data-desk]");
  const at = form?.querySelector(".wrong input, .wrong textarea, .wrong select")
    ?? form?.querySelector(".card input:not([type=hidden]):not([type=checkbox]), .card textarea");
  (at ?? document.querySelector("[data-again]"))?.focus();
})();
