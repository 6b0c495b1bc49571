/** What is set up already. */
import type { Reader } from "#platform/db/database.ts";
import { sql } from "#platform/db/sql.ts";
import type { SetupFacts } from "./setup.ts";

/** The best object of each step, in one statement. */
export function findSetupFacts(reader: Reader, at: Date): Promise<SetupFacts> {
  return reader.one(sql`
    select p.id as push_certificate_id, p.not_after as push_certificate_end, b.id as blueprint_id,
           o.id as enrollment_id, o.is_open as is_enrollment_open, d.id as device_id,
           d.is_enrolled as is_device_enrolled
      from (select) one
      left join lateral (
        select id, not_after from push_certificates order by not_after desc nulls last, id desc limit 1) p on true
      left join lateral (select id from blueprints order by id limit 1) b on true
      left join lateral (
        select o.id, s.revoked_at is null and (s.expires_at is null or s.expires_at > ${at})
                       and (s.quota is null or s.request_count < s.quota) as is_open
          from ota_enrollments o join enrollment_secrets s on s.id = o.enrollment_secret_id
         order by 2 desc, o.id desc limit 1) o on true
      left join lateral (
        select * from (
          (select id, true as is_enrolled from devices
            where token is not null and checkout_at is null and blocked_at is null limit 1)
          union all (select id, false from devices limit 1)) found order by is_enrolled desc limit 1) d on true`);
}
