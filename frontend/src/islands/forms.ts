// Small kindnesses of plain forms; each works without them too.

export function startForms(part: ParentNode): void {
  // the list of errors takes the focus, so that it is read first
  part.querySelector<HTMLElement>("[data-focus]")?.focus();

  // filters send themselves
  for (const form of part.querySelectorAll<HTMLFormElement>("form[data-autosubmit]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // one press, one request: a second submit of the same form is ignored while the first is under way
  for (const form of part.querySelectorAll<HTMLFormElement>('form[method="post"]')) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      if (event.defaultPrevented || form.matches("[hx-post], [data-hx-post]")) return;
      form.dataset.sent = "1";
    });
  }
}

// Coming back to a page from the browser's cache makes its forms usable again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
    delete form.dataset.sent;
  }
});
