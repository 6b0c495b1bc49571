/** A device that listens for pushes: to its present tokens, of its own topic and magic, and each is followed by a poll. */
import { DeviceError } from "./device-error.ts";
import type { Channel, DeviceState, PushTarget } from "./device-state.ts";
import type { PushFeed, PushNotice } from "./push-feed.ts";

export class PushListener {
  readonly #state: DeviceState;
  readonly #poll: (channel: Channel) => Promise<unknown>;
  #feed: PushFeed | null = null;
  #subscriptions: (() => void)[] = [];

  constructor(state: DeviceState, poll: (channel: Channel) => Promise<unknown>) {
    this.#state = state;
    this.#poll = poll;
  }

  /** Listens to a feed, or with null to none. */
  listen(feed: PushFeed | null): void {
    this.#feed = feed;
    this.subscribe();
  }

  /** Waits for pushes to the present tokens, or to none. */
  subscribe(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    const { push, userPush } = this.#state;
    this.#subscriptions = [...this.#subscribeTo(push, "device"), ...this.#subscribeTo(userPush, "user")];
  }

  #subscribeTo(target: PushTarget | null, channel: Channel): (() => void)[] {
    if (target === null || this.#feed === null) return [];
    const wake = (notice: PushNotice): void => this.#wake(notice, target, channel);
    return [this.#feed.onPush(target.token.toString("hex"), wake)];
  }

  #wake(notice: PushNotice, target: PushTarget, channel: Channel): void {
    const topic = this.#state.enrollment?.settings.topic;
    // A device ignores pushes that do not carry its magic (Apple, "Sending notifications to a device").
    if (notice.pushMagic !== target.magic || notice.topic !== topic) return;
    this.#state.pushesReceived += 1;
    this.#poll(channel).catch((error: unknown) => {
      const isSilent = error instanceof DeviceError && error.code === "device_unreachable";
      if (!isSilent) this.#state.problems.push(error instanceof Error ? error : new Error(String(error)));
    });
  }
}
