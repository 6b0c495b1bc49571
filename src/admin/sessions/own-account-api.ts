/** The console's door to one's own account: password, verification devices, sessions. For sessions alone. */
import { type Static, Type } from "typebox";
import { invariant } from "#platform/errors.ts";
import type { Caller } from "#platform/http/authenticate.ts";
import { type Endpoint, type EndpointInput, readEndpoint, writeEndpoint } from "#platform/http/endpoint.ts";
import { nullable, timestamp } from "#platform/http/wire-fields.ts";
import { wireTime } from "#platform/http/wire-time.ts";
import { asUuid } from "#platform/ids.ts";
import type { ReadOperation } from "#platform/operation.ts";
import { Secret } from "#platform/secret.ts";
import {
  addPasskey,
  addTotpDevice,
  changePassword,
  confirmPassword,
  confirmTotpDevice,
  offerPasskey,
  type Person,
  removeVerificationDevice,
} from "./own-account-operations.ts";
import { relyingPartyOf } from "./passkey.ts";
import type { FactorApiDeps } from "./second-factor-api.ts";
import type { Session } from "./session.ts";
import { answerWithKey, findCookieSession, SessionView } from "./session-api.ts";
import { idleBorder, revokeSession } from "./session-operations.ts";
import { listSessions } from "./session-store.ts";
import { deviceNameCharactersMax, type VerificationDevice } from "./verification-device.ts";
import { listVerificationDevices } from "./verification-device-store.ts";

const Password = Type.String({
  minLength: 1,
  maxLength: 1024,
  description: "The present password, once more.",
});
const Name = Type.String({ minLength: 1, maxLength: deviceNameCharactersMax });

const DeviceView = Type.Object({
  id: Type.String({ format: "uuid" }),
  kind: Type.Union([Type.Literal("totp"), Type.Literal("webauthn")]),
  name: Type.String(),
  created_at: timestamp(),
  last_used_at: nullable(timestamp()),
});

const SessionRowView = Type.Object({
  id: Type.String({ format: "uuid" }),
  is_current: Type.Boolean(),
  mfa_authenticated: Type.Boolean(),
  ip: nullable(Type.String()),
  user_agent: nullable(Type.String()),
  created_at: timestamp(),
  last_seen_at: timestamp(),
  ends_at: timestamp(),
});

function deviceView(device: VerificationDevice): Static<typeof DeviceView> {
  const { id, kind, name, createdAt, lastUsedAt } = device;
  return { id, kind, name, created_at: wireTime(createdAt), last_used_at: wireTime(lastUsedAt) };
}

function sessionRowView(session: Session, currentId: string): Static<typeof SessionRowView> {
  return {
    id: session.id,
    is_current: session.id === currentId,
    mfa_authenticated: session.isMfaAuthenticated,
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: wireTime(session.createdAt),
    last_seen_at: wireTime(session.lastSeenAt),
    ends_at: wireTime(session.endsAt),
  };
}

function personOf(caller: Caller | null): Person {
  invariant(caller?.session !== undefined, "These endpoints are for sessions alone");
  return { accountId: Number(caller.id), sessionId: asUuid<"Session">(caller.session.id) };
}

const deviceIdOf = ({ params }: Pick<EndpointInput<unknown, unknown>, "params">) =>
  asUuid<"VerificationDevice">(params.uuid);

const access = { special: "session" } as const;

/** The present password was right, or this throws. */
const confirmed = (
  deps: FactorApiDeps,
  op: ReadOperation,
  input: { caller: Caller | null; password: string },
) =>
  confirmPassword(deps, op.actor, {
    accountId: personOf(input.caller).accountId,
    password: new Secret(input.password),
    field: "password",
  });

/** The own password, and the own sessions. */
export const ownSessionEndpoints: readonly Endpoint<FactorApiDeps>[] = [
  writeEndpoint({
    method: "PUT",
    path: "/api/session/password/",
    operationId: "changePassword",
    view: "password",
    access: { special: "any_session" },
    summary: "Password",
    description:
      "Changes the own password. All other sessions of the account end; this one gets a new cookie.",
    body: Type.Object({
      current_password: Type.String({ minLength: 1, maxLength: 1024 }),
      new_password: Type.String({ minLength: 1, maxLength: 1024 }),
    }),
    response: { status: 200, schema: SessionView },
    prepare: async (deps, op, { body, caller, credentials }) => {
      const session = await findCookieSession(deps, op, credentials);
      return changePassword(deps, op.actor, {
        accountId: personOf(caller).accountId,
        isMfaAuthenticated: session?.account.isMfaAuthenticated ?? false,
        currentPassword: new Secret(body.current_password),
        newPassword: new Secret(body.new_password),
      });
    },
    handle: (deps, op, { prepared }) => answerWithKey(deps, op, prepared),
  }),
  readEndpoint({
    method: "GET",
    path: "/api/session/sessions/",
    operationId: "listOwnSessions",
    view: "sessions",
    access,
    summary: "Session List",
    response: { status: 200, schema: SessionRowView },
    list: "array",
    handle: async (_, op, { caller }) => {
      const { accountId, sessionId } = personOf(caller);
      const rows = await listSessions(op.tx, { accountId, at: op.at, seenAfter: idleBorder(op.at) });
      return rows.map((row) => sessionRowView(row, sessionId));
    },
  }),
  writeEndpoint({
    method: "DELETE",
    path: "/api/session/sessions/:uuid/",
    operationId: "endOwnSession",
    view: "session_detail",
    access,
    summary: "Session Detail",
    description: "Ends one of the own sessions.",
    response: { status: 204, schema: null },
    handle: (_, op, { params, caller }) =>
      revokeSession(op, personOf(caller).accountId, asUuid<"Session">(params.uuid)),
  }),
];

/** What people prove themselves with beside the password. */
export const verificationDeviceEndpoints: readonly Endpoint<FactorApiDeps>[] = [
  readEndpoint({
    method: "GET",
    path: "/api/session/verification_devices/",
    operationId: "listVerificationDevices",
    view: "verification_devices",
    access,
    summary: "Verification Device List",
    response: { status: 200, schema: DeviceView },
    list: "array",
    handle: async (_, op, { caller }) =>
      (await listVerificationDevices(op.tx, personOf(caller).accountId)).map(deviceView),
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/verification_devices/:uuid/delete/",
    operationId: "deleteVerificationDevice",
    view: "verification_device_delete",
    access,
    summary: "Verification Device Deletion",
    body: Type.Object({ password: Password }),
    response: { status: 204, schema: null },
    prepare: (deps, op, { body, caller }) => confirmed(deps, op, { caller, password: body.password }),
    handle: (_, op, input) =>
      removeVerificationDevice(op, personOf(input.caller).accountId, deviceIdOf(input)),
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/totp_devices/",
    operationId: "addTotpDevice",
    view: "totp_devices",
    access,
    summary: "Authenticator App",
    description:
      "The secret for an app with one-time codes, shown this once. It counts after its first code.",
    body: Type.Object({ name: Name, password: Password }),
    response: {
      status: 201,
      schema: Type.Object({
        id: Type.String({ format: "uuid" }),
        name: Type.String(),
        uri: Type.String({ description: "For a QR code: `otpauth://totp/…`." }),
        secret: Type.String({ description: "The same for typing, base 32." }),
      }),
    },
    prepare: (deps, op, { body, caller }) => confirmed(deps, op, { caller, password: body.password }),
    handle: async (deps, op, { body: { name }, prepared: account }) => {
      const { id, uri, secret } = await addTotpDevice(op, deps, { account, name });
      return { id, name, uri: uri.reveal(), secret: secret.reveal() };
    },
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/totp_devices/:uuid/confirm/",
    operationId: "confirmTotpDevice",
    view: "totp_device_confirm",
    access,
    summary: "Authenticator App Confirmation",
    description:
      "Takes its first code; from then on logins ask for one. The other sessions of the account end.",
    body: Type.Object({ code: Type.String({ minLength: 1, maxLength: 20 }) }),
    response: { status: 200, schema: DeviceView },
    handle: async (deps, op, input) => {
      const { caller, body } = input;
      const confirmation = { person: personOf(caller), id: deviceIdOf(input), code: body.code };
      return deviceView(await confirmTotpDevice(op, deps, confirmation));
    },
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/passkeys/options/",
    operationId: "offerPasskey",
    view: "passkey_options",
    access,
    summary: "Passkey Offer",
    description: "The `PublicKeyCredentialCreationOptionsJSON` for the browser; its challenge counts once.",
    body: Type.Object({ password: Password }),
    response: { status: 200, schema: null },
    prepare: (deps, op, { body, caller }) => confirmed(deps, op, { caller, password: body.password }),
    handle: (_, op, { caller, credentials, prepared: account }) =>
      offerPasskey(op, { person: personOf(caller), account, party: relyingPartyOf(credentials.ownOrigin) }),
  }),
  writeEndpoint({
    method: "POST",
    path: "/api/session/passkeys/",
    operationId: "addPasskey",
    view: "passkeys",
    access,
    summary: "Passkey",
    description: "Takes the passkey that the browser made. The other sessions of the account end.",
    body: Type.Object({
      name: Name,
      registration: Type.Record(Type.String(), Type.Unknown(), {
        description: "The `RegistrationResponseJSON` of the browser.",
      }),
    }),
    response: { status: 201, schema: DeviceView },
    handle: async (_, op, { caller, credentials, body }) => {
      const party = relyingPartyOf(credentials.ownOrigin);
      return deviceView(await addPasskey(op, { person: personOf(caller), party, ...body }));
    },
  }),
];
