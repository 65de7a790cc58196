/**
 * Gives each piece of code a button that copies it. Without scripts the page lacks the buttons alone. No `<` and no `&`, so that
 * the page stays well-formed XML.
 */
export const pageScript = `
for (const pre of document.querySelectorAll("pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  pre.after(button);
}
`;

/** What a Content-Security-Policy names the script by: SHA-256 of its text. */
export const pageScriptHash = "sha256-KpMcq7CRFN5I+tZVZV+Uwk1TEqDjjdk3QzFfewcpIwM=";
