/** Who calls the API. What accounts are is the business of whoever provides {@link Authenticate}. */

/** What a request says of its caller. */
export type Credentials = {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  /** The `X-CSRFToken` header. */
  readonly csrfToken: string | undefined;
  readonly method: string;
  /** The page that asked, as the browser tells it; absent outside browsers. */
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** The origin under which the client reached us. */
  readonly ownOrigin: string;
};

/** An account that may call. */
export type Caller = {
  readonly kind: "user" | "service_account";
  readonly id: string;
  readonly name: string;
  /** What audit events say of the account: Zentral's `user` object, without secrets. */
  readonly account: Readonly<Record<string, unknown>>;
  /** Whether the account holds a permission codename (`mdm.view_enrolleddevice`). */
  readonly hasPermission: (codename: string) => boolean;
  /** The console session it calls with; absent for tokens. A locked one may only change the password. */
  readonly session?: { readonly id: string; readonly isLocked: boolean };
};

/** Why a request is answered 401; `detail` is the exact text of http-api 1.2. */
export type Unauthenticated = { readonly unauthenticated: true; readonly detail: string };

/** Why a request with a session is answered 403: nothing shows that it comes from our own pages. */
export type CsrfFailed = { readonly csrfFailed: true; readonly detail: string };

export type Authenticate = (credentials: Credentials) => Promise<Caller | Unauthenticated | CsrfFailed>;

/** Tells the outcomes of {@link Authenticate} apart. */
export function isUnauthenticated(
  outcome: Caller | Unauthenticated | CsrfFailed,
): outcome is Unauthenticated {
  return "unauthenticated" in outcome;
}

/** Tells the outcomes of {@link Authenticate} apart. */
export function isCsrfFailed(outcome: Caller | Unauthenticated | CsrfFailed): outcome is CsrfFailed {
  return "csrfFailed" in outcome;
}
