/**
 * Makes a button take no clicks, and say so. It keeps the keyboard's focus, which `disabled` would drop to the top of the
 * page.
 */
export function setEnabled(button: HTMLButtonElement, enabled: boolean): void {
  button.setAttribute("aria-disabled", String(!enabled));
}

/** Whether a button takes clicks. */
export const isEnabled = (button: HTMLButtonElement): boolean => button.getAttribute("aria-disabled") !== "true";

/** Calls a function for each click on a button that is enabled. */
export function onPress(button: HTMLButtonElement, act: () => void): void {
  button.addEventListener("click", () => {
    if (isEnabled(button)) act();
  });
}
