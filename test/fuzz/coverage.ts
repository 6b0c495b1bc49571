/** Which parts of the product inputs reach, as V8 counts them in this thread, block by block. */
import { Session } from "node:inspector";

export type CoverageMeter = {
  /** What was reached since the last call; more often is another part. */
  readonly take: () => readonly string[];
  readonly close: () => void;
};

/** Measures the scripts below a folder. */
export function startCoverage(folderUrl: string): CoverageMeter {
  const session = new Session();
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    take: () => {
      const parts: string[] = [];
      // The session of one's own thread answers before `post` returns.
      session.post("Profiler.takePreciseCoverage", (error, coverage) => {
        if (error !== null) throw error;
        for (const { url, functions } of coverage.result) {
          if (!url.startsWith(folderUrl)) continue;
          for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
            if (count > 0) parts.push(`${url}:${startOffset}:${endOffset}`);
          }
        }
      });
      return parts;
    },
    close: () => session.disconnect(),
  };
}
