import { byId } from "./elements.ts";
import { messageOf } from "./texts.ts";

/** A place for news, and one for errors: an error looks like one, and is read out at once. Only the last of both is shown. */
export class Notice {
  readonly #status: HTMLElement;
  readonly #problem: HTMLElement;

  /** @param name of the elements `NAME-status` and `NAME-problem` */
  constructor(name: string) {
    this.#status = byId(`${name}-status`, HTMLElement);
    this.#problem = byId(`${name}-problem`, HTMLElement);
  }

  /** Says what is the case; without a text, nothing. */
  say(text = ""): void {
    this.#status.textContent = text;
    this.#problem.textContent = "";
    this.#problem.hidden = true;
  }

  /** Says what went wrong. */
  fail(error: unknown, before = ""): void {
    this.#status.textContent = "";
    this.#problem.textContent = `${before}${messageOf(error)}`;
    this.#problem.hidden = false;
  }
}
