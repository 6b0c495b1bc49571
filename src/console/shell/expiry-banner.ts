/** What of all that ends soon every page tells: certificates, without which devices are lost. */
import { parseWireTime } from "../format/time.ts";

type Expiry = {
  readonly kind:
    | "push_certificate"
    | "certificate_authority"
    | "tls_certificate"
    | "api_token"
    | "ota_enrollment";
  readonly id: string | null;
  readonly name: string;
  readonly expires_at: string;
};

export type ExpiryBanner<Row extends Expiry> = {
  readonly first: Row;
  /** How many more there are. */
  readonly others: number;
  readonly hasEnded: boolean;
  /** It needs somebody now. */
  readonly isUrgent: boolean;
};

const urgentMilliseconds = 14 * 86_400_000;
const told: readonly Expiry["kind"][] = ["push_certificate", "certificate_authority", "tls_certificate"];

/** What is told of rows in the order in which they end; null for nothing. */
export function bannerOf<Row extends Expiry>(expiries: readonly Row[], now: Date): ExpiryBanner<Row> | null {
  const certificates = expiries.filter(({ kind }) => told.includes(kind));
  const [first] = certificates;
  if (first === undefined) return null;
  const left = (parseWireTime(first.expires_at)?.getTime() ?? 0) - now.getTime();
  return {
    first,
    others: certificates.length - 1,
    hasEnded: left <= 0,
    isUrgent: left <= urgentMilliseconds,
  };
}

const pages: Readonly<Partial<Record<Expiry["kind"], string>>> = {
  push_certificate: "/push-certificates",
  ota_enrollment: "/enrollments",
};

/** Where something is renewed; null where the console has no page of it. */
export function expiryPage({ kind, id }: Pick<Expiry, "kind" | "id">): string | null {
  const page = pages[kind];
  return page === undefined || id === null ? null : `${page}/${id}`;
}
