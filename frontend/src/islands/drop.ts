/** Calls back with the files that are dropped on a place. */
export function acceptDrops(place: HTMLElement, take: (files: File[]) => void): void {
  place.addEventListener("dragover", (event) => {
    event.preventDefault();
    place.classList.add("drop--over");
  });
  place.addEventListener("dragleave", (event) => {
    if (!place.contains(event.relatedTarget as Node | null)) place.classList.remove("drop--over");
  });
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("drop--over");
    if (event.dataTransfer?.files.length) take([...event.dataTransfer.files]);
  });
}

/** Shows a dropped file in its field, as if it had been chosen there. */
export function showIn(input: HTMLInputElement, file: File): void {
  const transfer = new DataTransfer();
  transfer.items.add(file);
  input.files = transfer.files;
}
