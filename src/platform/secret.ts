/** Secrets never leave their type by accident: they print as `[secret]` everywhere, and `reveal` is greppable. */
import { inspect } from "node:util";

/** A value that must not reach a log, an event, an error message or a browser. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself; each call is a place to look at in review. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
