import type { HasDispose } from "../contract/disposable.ts";

/**
 * Things that are freed together, the last one first: the parts of a model, or what has been read of it when loading
 * fails half-way. It has the methods and the rules of JavaScript's own `DisposableStack`, which Node has from version 24 on,
 * except that `use` takes whatever has a `dispose()`, as tensors do.
 *
 * @example
 * ```ts
 * import { DisposableStack } from "@dylora/tensor";
 *
 * const stack = new DisposableStack();
 * stack.use({ dispose: () => console.log("the part is freed") });
 * stack.defer(() => console.log("freed first, because it came last"));
 * stack.dispose();
 * console.log(stack.disposed); // true
 * ```
 */
export class DisposableStack {
  #callbacks: (() => void)[] | undefined = [];

  /** True once it has been disposed. */
  get disposed(): boolean {
    return this.#callbacks === undefined;
  }

  /**
   * Takes a value over and returns it. Undefined and null are returned as they are.
   *
   * @throws ReferenceError when the stack has been disposed
   */
  use<T extends HasDispose | null | undefined>(value: T): T {
    if (value == null) this.#open();
    else this.defer(() => value.dispose());
    return value;
  }

  /**
   * Takes over a value that something else frees, and returns it.
   *
   * @param onDispose frees the value
   * @throws ReferenceError when the stack has been disposed
   */
  adopt<T>(value: T, onDispose: (value: T) => void): T {
    this.defer(() => onDispose(value));
    return value;
  }

  /**
   * Has something done when the stack is disposed.
   *
   * @throws ReferenceError when the stack has been disposed
   */
  defer(onDispose: () => void): void {
    this.#open().push(onDispose);
  }

  /**
   * Frees everything, the last first. Calling it twice does nothing.
   *
   * @throws what freeing one of them has thrown, after all are freed; an `AggregateError` where several have
   */
  dispose(): void {
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    const errors: unknown[] = [];
    for (const callback of callbacks.reverse()) {
      try {
        callback();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} parts could not be freed`);
    if (errors.length === 1) throw errors[0];
  }

  /** See {@link DisposableStack.dispose}. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #open(): (() => void)[] {
    if (this.#callbacks === undefined) throw new ReferenceError("this DisposableStack has been disposed");
    return this.#callbacks;
  }
}
