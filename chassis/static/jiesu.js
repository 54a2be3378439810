// Adds to the pages what plain HTML can't do; everything works without it as well.
(() => {
  "use strict";

  const wake = (place) => {
    place.querySelectorAll("[data-add], [data-remove], [data-print]").forEach((button) => {
      button.hidden = false;
    });
  };

  const add = (rows) => {
    const index = rows.dataset.next;
    const template = rows.querySelector(":scope > template");
    const holder = document.createElement("template");
    holder.innerHTML = template.innerHTML.replaceAll(rows.dataset.slot, index);
    wake(holder.content);
    const row = holder.content.querySelector("[data-row]");
    rows.querySelector(":scope > [data-rows-in]").append(holder.content);
    rows.dataset.next = String(Number(index) + 1);
    row.querySelector("input, select, textarea")?.focus();
  };

  const remove = (row) => {
    const rows = row.closest("[data-rows]");
    row.remove();
    rows.querySelector(":scope > [data-add]")?.focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if ("add" in button.dataset) add(button.closest("[data-rows]"));
    if ("remove" in button.dataset) remove(button.closest("[data-row]"));
    if ("print" in button.dataset) window.print();
  });

  // The menu closes behind whoever turns to something else.
  const close = (besides) =>
    document.querySelectorAll(".nav details[open]").forEach((one) => {
      if (!one.contains(besides)) one.open = false;
    });
  document.addEventListener("click", (event) => close(event.target));
  document.addEventListener("focusin", (event) => close(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.activeElement.closest(".nav details[open]")?.querySelector("summary").focus();
    close(null);
  });

  // A form that is on its way is not sent twice by an impatient finger.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post") form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  // On a phone the menu is one line that is longer than the screen.
  document.querySelector(".nav a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const wrong = document.querySelector("details[open] .wrong input, details[open] .wrong select, details[open] .wrong textarea");
  wake(document);
  wrong?.focus();
})();
