/** `GET /metrics`: what Prometheus scrapes, for whoever has the token (console-ops 5.1). */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance } from "fastify";
import type { MetricsText } from "../metrics/metrics.ts";
import type { Secret } from "../secret.ts";

export type MetricsDoor = { readonly token: Secret<string>; readonly render: () => Promise<MetricsText> };

/** Serves the door; without a token there is none, and the path is as unknown as any other. */
export function serveMetrics(app: FastifyInstance, door: MetricsDoor | null): void {
  if (door === null) return;
  app.get("/metrics", async (request, reply) => {
    void reply.header("cache-control", "no-store");
    if (!isBearer(request.headers.authorization, door.token)) {
      return reply.code(403).type("text/plain").send("Forbidden\n");
    }
    const { contentType, body } = await door.render();
    return reply.type(contentType).send(body);
  });
}

/** Digests are compared, so that neither content nor length of the token shows in the time it takes. */
function isBearer(authorization: string | undefined, token: Secret<string>): boolean {
  const [scheme = "", ...rest] = (authorization ?? "").split(" ");
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(rest.join(" ")), digest(token.reveal())) && scheme.toLowerCase() === "bearer";
}
