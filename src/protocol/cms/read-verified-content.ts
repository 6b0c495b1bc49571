/** Opens what may be signed: profiles are uploaded with a signature around them and without. */
import { CmsError } from "./cms-error.ts";
import { decodeSignedData } from "./signed-data.ts";
import { verifySignedData } from "./verify-signed-data.ts";

/**
 * The content of a signed message whose signatures hold, whoever made them.
 *
 * @returns Null for what is no signed message, a broken one, or one without content.
 */
export function readVerifiedContent(bytes: Uint8Array): Buffer | null {
  // Only a SEQUENCE can be a message (RFC 5652 section 3); plists begin with "<", "b", or a byte order mark.
  if (bytes[0] !== 0x30) return null;
  try {
    return verifySignedData({ signedData: decodeSignedData(bytes) }).content;
  } catch (error) {
    if (error instanceof CmsError) return null;
    throw error;
  }
}
