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
// At the desk, what the knowledge base has appears while one types. Numbers stay here: an address is written to logs.
(() => {
  "use strict";
  const box = document.querySelector("[data-matching]");
  if (!box) return;
  const form = box.closest("form");
  const fields = [...form.querySelectorAll("[name=title], [name=text]")];
  let timer, last;
  const ask = async () => {
    const text = fields.map((one) => one.value).join(" ").replace(/\d/g, "").trim().slice(0, 500);
    if (text === last) return;
    last = text;
    try {
      const answer = await fetch(`${box.dataset.matching}?q=${encodeURIComponent(text)}`);
      if (answer.ok && text === last) box.innerHTML = await answer.text();
    } catch { /* The button asks again. */ }
  };
  for (const one of fields) one.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 200); });
})();
// While one types, numbers that look mistyped are named; only these are sent, and only when they have changed.
(() => {
  "use strict";
  const box = document.querySelector("[data-numbers]");
  if (!box) return;
  const form = box.closest("form");
  const url = box.dataset.numbers;
  let timer, last = "";
  const ask = async () => {
    const fields = [...form.querySelectorAll("input[type=text], input:not([type]), textarea")];
    const typed = fields.flatMap((one) => one.value.match(/[^\d\n]{0,12}[\d０-９][\d０-９ -]{9,}[\dXx０-９Ｘｘ]/g) ?? []).join("\n");
    if (typed === last) return;
    last = typed;
    try {
      const answer = await fetch(url, { method: "POST", body: typed, headers: { "Content-Type": "text/plain" } });
      if (answer.ok && typed === last) box.innerHTML = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-numbers]").innerHTML;
    } catch { /* The receipt says it as well. */ }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 600); });
})();
