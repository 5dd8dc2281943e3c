// What HTML cannot do by itself: open the menu on a phone, close a notice, copy a text.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".menu-button");
  if (button) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    document.getElementById("side-menu").classList.toggle("is-open", open);
  }
  event.target.closest(".closes")?.parentElement.remove();
  const copies = event.target.closest("[data-copy]");
  if (copies) navigator.clipboard?.writeText(copies.dataset.copy);
});
// What was opened in a part of the page stays open when the part is fetched anew.
let opened = [];
document.addEventListener("htmx:beforeSwap", () => {
  opened = [...document.querySelectorAll("details[id][open]")].map((details) => details.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});
// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "true";
});
// Back from the browser's cache it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
// Of a new payout only the chosen kind of recipient is asked for.
for (const form of document.querySelectorAll("[data-kinds]")) {
  const choose = () => {
    const chosen = form.elements.kind.value;
    for (const part of form.querySelectorAll("[data-kind]")) {
      part.hidden = part.dataset.kind !== chosen;
      for (const field of part.querySelectorAll("[data-required]")) field.required = !part.hidden;
    }
  };
  form.addEventListener("change", choose);
  choose();
}
