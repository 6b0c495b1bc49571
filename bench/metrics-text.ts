/** Reads a scrape in Prometheus' text format: sums of the samples that carry certain labels. */

export type Scrape = {
  /** Sum of the samples of a name that have all these labels. */
  readonly sum: (name: string, labels?: Readonly<Record<string, string>>) => number;
};

/** Decodes a scrape; comments and time stamps are of no interest here. */
export function readScrape(text: string): Scrape {
  const samples = text.split("\n").flatMap((line) => {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line);
    if (match === null || line.startsWith("#")) return [];
    const labels = new Map(
      [...(match[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    return [{ name: match[1] ?? "", labels, value: Number(match[3]) }];
  });
  return {
    sum: (name, wanted = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter(({ labels }) => Object.entries(wanted).every(([key, value]) => labels.get(key) === value))
        .reduce((total, { value }) => total + value, 0),
  };
}
