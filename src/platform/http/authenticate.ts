/** Who calls the API. What accounts are is the business of whoever provides {@link Authenticate}. */

/** What a request says of its caller. */
export type Credentials = {
  readonly authorization: string | undefined;
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
};

/** Why a request is answered 401; `detail` is the exact text of http-api 1.2. */
export type Unauthenticated = { readonly unauthenticated: true; readonly detail: string };

export type Authenticate = (credentials: Credentials) => Promise<Caller | Unauthenticated>;

/** Tells the two outcomes of {@link Authenticate} apart. */
export function isUnauthenticated(outcome: Caller | Unauthenticated): outcome is Unauthenticated {
  return "unauthenticated" in outcome;
}
