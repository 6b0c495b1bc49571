/** What a run of the bench consists of: which fleets, which requests of each, and what a scale leaves out. */

/** How a device shows who it is: by signing over the server's own TLS, or through a proxy that checked its certificate. */
export type Mode = "signature" | "proxy";

/**
 * What devices do in declarative management. `declaration` asks for one of the artifacts', `status_unchanged` tells again
 * what is known, `status_changed` that one of them has changed.
 */
export const declarativeWorkloads = [
  "tokens",
  "declaration_items",
  "declaration",
  "status_unchanged",
  "status_changed",
] as const;

export type DeclarativeWorkload = (typeof declarativeWorkloads)[number];

/** What devices do. `idle_new_connection` opens a connection, with its TLS handshake, for every request. */
export type Workload = "idle" | "idle_new_connection" | "report" | "enrollment" | DeclarativeWorkload;

/** One database: so many enrolled devices, each with so many answered commands in the history. */
export type Fleet = { readonly devices: number; readonly historicCommands: number };

/** How much of the fleet is asked for, and for how long. */
export type Load = {
  /** Devices with a certificate of their own that take part in the load; the others only fill the tables. */
  readonly participants: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  /** Idle connects go on for so long. */
  readonly idleSeconds: number;
  readonly reports: number;
  readonly enrollments: number;
  readonly enrollmentsAtOnce: number;
  /** Devices of the database with declarations, and how many of them have declarations and take part in the load. */
  readonly declarativeDevices: number;
  readonly declarativeParticipants: number;
  /** Each kind of request goes on for so long. */
  readonly declarativeSeconds: number;
  /** Each page of a list is asked for so often. */
  readonly listRequests: number;
};

export type Plan = {
  readonly fleets: readonly Fleet[];
  readonly leftOut: readonly Fleet[];
  /** Artifacts of the blueprint, for each database with declarations. */
  readonly declarations: readonly number[];
  /** Devices in each database whose lists are looked at. */
  readonly lists: readonly number[];
  readonly load: Load;
};

const fleetsOfAll: readonly Fleet[] = [
  { devices: 1_000, historicCommands: 0 },
  { devices: 1_000, historicCommands: 1_000 },
  { devices: 100_000, historicCommands: 0 },
  { devices: 100_000, historicCommands: 100 },
  { devices: 100_000, historicCommands: 1_000 },
];

const load: Load = {
  participants: 1_000,
  connections: 16,
  warmUpSeconds: 3,
  idleSeconds: 8,
  reports: 4_000,
  enrollments: 120,
  enrollmentsAtOnce: 4,
  declarativeDevices: 1_000,
  declarativeParticipants: 200,
  declarativeSeconds: 4,
  listRequests: 100,
};

const declarations: readonly number[] = [10, 500];
const lists: readonly number[] = [100_000];

/** Scales by name: how many of the history's rows fit, and what is asked of each fleet. */
export const scales = {
  smoke: {
    fleets: [
      { devices: 20, historicCommands: 0 },
      { devices: 20, historicCommands: 5 },
    ],
    load: {
      participants: 8,
      connections: 4,
      warmUpSeconds: 0.1,
      idleSeconds: 0.3,
      reports: 24,
      enrollments: 2,
      enrollmentsAtOnce: 2,
      declarativeDevices: 20,
      declarativeParticipants: 4,
      declarativeSeconds: 0.3,
      listRequests: 3,
    },
    declarations: [3, 12],
    lists: [20],
  },
  small: { fleets: fleetsOfAll.slice(0, 2), load, declarations, lists: [1_000] },
  standard: { fleets: fleetsOfAll.slice(0, 4), load, declarations, lists },
  full: { fleets: [...fleetsOfAll.slice(0, 3), ...fleetsOfAll.slice(4)], load, declarations, lists },
} as const satisfies Record<string, Omit<Plan, "leftOut">>;

export type Scale = keyof typeof scales;

const targets: readonly Fleet[] = fleetsOfAll.filter(({ historicCommands }) => historicCommands !== 100);

/** What was chosen in the place of what a scale says. */
export type Choice = {
  readonly fleets?: readonly Fleet[] | undefined;
  readonly declarations?: readonly number[] | undefined;
  readonly lists?: readonly number[] | undefined;
};

/** The plan of a scale, or of what was chosen instead; with the fleets nobody will see. */
export function planRun(scale: Scale, choice: Choice = {}): Plan {
  const { load, ...planned } = scales[scale];
  const { fleets = planned.fleets, declarations = planned.declarations, lists = planned.lists } = choice;
  const isChosen = (fleet: Fleet): boolean =>
    fleets.some(
      ({ devices, historicCommands }) =>
        devices === fleet.devices && historicCommands === fleet.historicCommands,
    );
  return { fleets, leftOut: targets.filter((fleet) => !isChosen(fleet)), declarations, lists, load };
}

/** Chooses nothing of a kind. */
const nothing = "none";

/** Reads `1000x0,100000x10`, or `none`. @throws {TypeError} on anything else. */
export function parseFleets(text: string): Fleet[] {
  if (text === nothing) return [];
  return text.split(",").map((item) => {
    const match = /^([1-9]\d{0,6})x(\d{1,5})$/.exec(item);
    if (match === null) throw new TypeError(`"${item}" is no fleet such as 1000x0`);
    return { devices: Number(match[1]), historicCommands: Number(match[2]) };
  });
}

/** Reads `10,500`, or `none`. @throws {TypeError} on anything else. */
export function parseDeclarations(text: string): number[] {
  if (text === nothing) return [];
  return text.split(",").map((item) => {
    if (!/^[1-9]\d{0,3}$/.test(item)) throw new TypeError(`"${item}" is no number of artifacts such as 500`);
    return Number(item);
  });
}

/** Reads `1000,100000`, or `none`. @throws {TypeError} on anything else. */
export function parseLists(text: string): number[] {
  if (text === nothing) return [];
  return text.split(",").map((item) => {
    if (!/^[1-9]\d{0,6}$/.test(item)) throw new TypeError(`"${item}" is no number of devices such as 1000`);
    return Number(item);
  });
}
