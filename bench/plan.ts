/** What a run of the bench consists of: which fleets, which requests of each, and what a scale leaves out. */

/** How a device shows who it is: by signing over the server's own TLS, or through a proxy that checked its certificate. */
export type Mode = "signature" | "proxy";

/** What devices do. `idle_new_connection` opens a connection, with its TLS handshake, for every request. */
export type Workload = "idle" | "idle_new_connection" | "report" | "enrollment";

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
};

export type Plan = {
  readonly fleets: readonly Fleet[];
  readonly leftOut: readonly Fleet[];
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
};

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
    },
  },
  small: { fleets: fleetsOfAll.slice(0, 2), load },
  standard: { fleets: fleetsOfAll.slice(0, 4), load },
  full: { fleets: [...fleetsOfAll.slice(0, 3), ...fleetsOfAll.slice(4)], load },
} as const satisfies Record<string, { readonly fleets: readonly Fleet[]; readonly load: Load }>;

export type Scale = keyof typeof scales;

const targets: readonly Fleet[] = fleetsOfAll.filter(({ historicCommands }) => historicCommands !== 100);

/** The plan of a scale, or of fleets given as `<devices>x<historic commands>`; with the fleets nobody will see. */
export function planRun(scale: Scale, fleets: readonly Fleet[] | null): Plan {
  const chosen = fleets ?? scales[scale].fleets;
  const isChosen = (fleet: Fleet): boolean =>
    chosen.some(
      ({ devices, historicCommands }) =>
        devices === fleet.devices && historicCommands === fleet.historicCommands,
    );
  return { fleets: chosen, leftOut: targets.filter((fleet) => !isChosen(fleet)), load: scales[scale].load };
}

/** Reads `1000x0,100000x10`. @throws {TypeError} on anything else. */
export function parseFleets(text: string): Fleet[] {
  return text.split(",").map((item) => {
    const match = /^([1-9]\d{0,6})x(\d{1,5})$/.exec(item);
    if (match === null) throw new TypeError(`"${item}" is no fleet such as 1000x0`);
    return { devices: Number(match[1]), historicCommands: Number(match[2]) };
  });
}
