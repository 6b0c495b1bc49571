/** A client of Apple's push service, for one push certificate. */
import { createSecureContext, type SecureContext } from "node:tls";
import type { Secret } from "../../platform/secret.ts";
import { ApnsConnection, type ConnectionTimes } from "./apns-connection.ts";
import { outcomeOf, type PushOutcome } from "./push-outcome.ts";

/** Most notifications waiting for a connection or a free stream; further ones are to be tried later. */
export const waitingCountMax = 10_000;
/** Longest time a notification waits before it is sent. */
export const waitingSecondsMax = 30;
/** How often a notification is sent again because the server refused to process it. */
export const refusedRepeatsMax = 3;
/** Longest pause between two connections; the first is at most a second. */
export const reconnectPauseSecondsMax = 10;

const timesDefault: ConnectionTimes = { connectSeconds: 5, requestSeconds: 5, pingSeconds: 5 };

/** One notification of an MDM server: it carries nothing but the device's push magic. */
export type PushNotification = {
  readonly token: Buffer;
  readonly topic: string;
  readonly pushMagic: string;
  /** 10: at once. 5: when it suits the battery of the device. */
  readonly priority: 5 | 10;
  /** Until when APNs keeps it for a device that is offline. */
  readonly expiration: Date;
};

export type ApnsCredentials = { readonly certificatePem: string; readonly privateKeyPem: Secret<string> };

export type ApnsClientOptions = ApnsCredentials & {
  readonly url: URL;
  /** Whom to trust instead of the public authorities; for the sandbox. */
  readonly caPem: string | null;
  readonly times?: Partial<ConnectionTimes>;
  /** Source of jitter, in [0, 1). */
  readonly random?: () => number;
};

export type ApnsClient = {
  /** Sends one notification. Never rejects: whatever the network does is an outcome. */
  readonly push: (notification: PushNotification) => Promise<PushOutcome>;
  /** Gives up what waits, lets what was sent be answered, and closes the connection. */
  readonly close: () => Promise<void>;
};

/**
 * Makes a client. It connects with the first notification and stays connected, as Apple asks for.
 *
 * @throws {Error} when certificate and key are not usable for TLS.
 * @see https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns
 */
export function createApnsClient(options: ApnsClientOptions): ApnsClient {
  const client = new Client(options);
  return { push: (notification) => client.push(notification), close: () => client.close() };
}

type Pending = {
  readonly notification: PushNotification;
  readonly settle: (outcome: PushOutcome) => void;
  timer: NodeJS.Timeout;
  repeatCount: number;
};

class Client {
  readonly #options: ApnsClientOptions;
  readonly #secureContext: SecureContext;
  readonly #times: ConnectionTimes;
  readonly #open = new Set<ApnsConnection>();
  #waiting: Pending[] = [];
  #connection: ApnsConnection | null = null;
  #pauseTimer: NodeJS.Timeout | null = null;
  /** Connections in a row that ended without a single answer. */
  #failureCount = 0;
  #isClosed = false;

  constructor(options: ApnsClientOptions) {
    this.#options = options;
    this.#times = { ...timesDefault, ...options.times };
    this.#secureContext = createSecureContext({
      cert: options.certificatePem,
      key: options.privateKeyPem.reveal(),
      minVersion: "TLSv1.2",
      ...(options.caPem === null ? {} : { ca: options.caPem }),
    });
  }

  push(notification: PushNotification): Promise<PushOutcome> {
    if (this.#isClosed) return Promise.resolve(retryLater("closed"));
    if (this.#waiting.length >= waitingCountMax) return Promise.resolve(retryLater("too_many_waiting"));
    return new Promise((resolve) => {
      const pending: Pending = {
        notification,
        settle: resolve,
        timer: setTimeout(() => this.#giveUp(pending), waitingSecondsMax * 1000),
        repeatCount: 0,
      };
      this.#waiting.push(pending);
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#pauseTimer !== null) clearTimeout(this.#pauseTimer);
    this.#failWaiting("closed");
    await Promise.all([...this.#open].map((connection) => connection.close()));
  }

  #pump(): void {
    if (this.#waiting.length === 0 || this.#isClosed || this.#pauseTimer !== null) return;
    const connection = (this.#connection ??= this.#connect());
    for (const pending of this.#waiting.splice(0, connection.roomCount)) {
      clearTimeout(pending.timer);
      void this.#send(connection, pending);
    }
  }

  async #send(connection: ApnsConnection, pending: Pending): Promise<void> {
    const { notification } = pending;
    const end = await connection.send(
      headersOf(this.#options.url, notification),
      JSON.stringify({ mdm: notification.pushMagic }),
    );
    if (end.kind === "answered") {
      this.#failureCount = 0;
      pending.settle(outcomeOf(end.answer));
    } else if (end.kind === "refused") this.#repeat(pending);
    else pending.settle(retryLater(end.reason));
    this.#pump();
  }

  /** The server did not look at it (GOAWAY, REFUSED_STREAM): it goes first on the next connection. */
  #repeat(pending: Pending): void {
    if (this.#isClosed || pending.repeatCount >= refusedRepeatsMax) {
      pending.settle(retryLater("refused"));
      return;
    }
    pending.repeatCount++;
    pending.timer = setTimeout(() => this.#giveUp(pending), waitingSecondsMax * 1000);
    this.#waiting.unshift(pending);
  }

  #connect(): ApnsConnection {
    let isReady = false;
    const connection: ApnsConnection = new ApnsConnection(
      { url: this.#options.url, secureContext: this.#secureContext, times: this.#times },
      {
        ready: () => {
          isReady = true;
          this.#pump();
        },
        unusable: ({ isClean, reason }) => {
          this.#connection = null;
          if (!isReady) this.#failWaiting(reason);
          this.#pauseUnlessAnswered(isClean);
          this.#pump();
        },
        closed: () => this.#open.delete(connection),
      },
    );
    this.#open.add(connection);
    return connection;
  }

  /** A server that ends connections without answering must not be called in a loop. */
  #pauseUnlessAnswered(isClean: boolean): void {
    if (this.#isClosed || (isClean && this.#failureCount === 0)) {
      this.#failureCount++;
      return;
    }
    const seconds = Math.min(2 ** this.#failureCount++, reconnectPauseSecondsMax);
    const jitter = (this.#options.random ?? Math.random)();
    this.#pauseTimer = setTimeout(
      () => {
        this.#pauseTimer = null;
        this.#pump();
      },
      seconds * jitter * 1000,
    );
  }

  #failWaiting(reason: string): void {
    for (const pending of this.#waiting.splice(0)) {
      clearTimeout(pending.timer);
      pending.settle(retryLater(reason));
    }
  }

  #giveUp(pending: Pending): void {
    this.#waiting = this.#waiting.filter((other) => other !== pending);
    pending.settle(retryLater("waited_too_long"));
  }
}

/** The headers of specification section 6.1. */
function headersOf(url: URL, notification: PushNotification): Record<string, string> {
  return {
    ":method": "POST",
    ":scheme": "https",
    ":authority": url.host,
    ":path": `/3/device/${notification.token.toString("hex")}`,
    "apns-push-type": "mdm",
    "apns-priority": String(notification.priority),
    "apns-expiration": String(Math.floor(notification.expiration.getTime() / 1000)),
    "apns-topic": notification.topic,
    "content-type": "application/json",
  };
}

function retryLater(reason: string): PushOutcome {
  return { kind: "retry_later", reason, retryAfterSeconds: null };
}
