/** The metrics of a process in Prometheus' text format. Nothing is global: a registry belongs to its server. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Aggregates, AggregateFamily, Sample } from "./aggregates.ts";
import { createStopwatch, type Stopwatch } from "./stopwatch.ts";

/** Bounds in seconds, from a cached look-up to a request that waited for a stalled database. */
const secondsBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

type MetricFacts<Label extends string> = {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly Label[];
};

/** A number read at the moment of the scrape, from memory only. */
export type GaugeFacts = MetricFacts<string> & { readonly read: () => readonly Sample[] };

export type Metrics = {
  /** Counts events of a kind, one or several at a time. */
  readonly counter: <Label extends string>(
    facts: MetricFacts<Label>,
  ) => (labels: Readonly<Record<Label, string>>, count?: number) => void;
  /** Observes durations in seconds. */
  readonly histogram: <Label extends string>(
    facts: MetricFacts<Label>,
  ) => (labels: Readonly<Record<Label, string>>, seconds: number) => void;
  /** Times the stages of requests; the metric has the label `stage` and that of the door. */
  readonly stopwatch: <Stage extends string>(facts: MetricFacts<never>) => (door: string) => Stopwatch<Stage>;
  readonly gauge: (facts: GaugeFacts) => void;
  /** A counter that is kept elsewhere. */
  readonly total: (facts: MetricFacts<string> & { readonly read: () => number }) => void;
  /** Gauges of what the database knows. */
  readonly aggregates: (aggregates: Aggregates, families: readonly AggregateFamily[]) => void;
  /** The text of a scrape. */
  readonly render: () => Promise<MetricsText>;
};

export type MetricsText = { readonly contentType: string; readonly body: string };

/** Makes the registry with the metrics of the process itself: processor, memory, event loop, garbage collection. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const common = <Label extends string>({ name, help, labelNames = [] }: MetricFacts<Label>) => ({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  });
  const histogram: Metrics["histogram"] = (facts) => {
    const metric = new Histogram({ ...common(facts), buckets: secondsBuckets });
    return (labels, seconds) => metric.observe(labels, seconds);
  };
  return {
    counter: (facts) => {
      const metric = new Counter(common(facts));
      return (labels, count = 1) => metric.inc(labels, count);
    },
    histogram,
    stopwatch: (facts) => {
      const observe = histogram({ ...facts, labelNames: ["door", "stage"] });
      return (door) => createStopwatch((stage, seconds) => observe({ door, stage }, seconds));
    },
    gauge: (facts) => {
      const metric: Gauge = new Gauge({ ...common(facts), collect: () => fill(metric, facts.read()) });
    },
    total: (facts) => {
      const metric: Counter = new Counter({
        ...common(facts),
        collect: () => {
          metric.reset();
          metric.inc(facts.read());
        },
      });
    },
    aggregates: (aggregates, families) => {
      for (const family of families) {
        const metric: Gauge = new Gauge({
          ...common(family),
          collect: async () => fill(metric, (await aggregates.read()).get(family) ?? []),
        });
      }
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** Replaces the samples: what is gone from the database must not stay. */
function fill(metric: Gauge, samples: readonly Sample[]): void {
  metric.reset();
  for (const { labels, value } of samples) metric.set(labels, value);
}
