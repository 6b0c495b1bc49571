/** Where devices download what declarations and commands name (protocol.md 1.0, rows 13 to 19). */
import { publicMdmPath } from "#protocol/profile/device-urls.ts";

/** The paths, with the parameter that routes read. */
export const downloadPaths = {
  profile: `${publicMdmPath}profiles/:token/`,
  dataAsset: `${publicMdmPath}data_assets/:token/`,
  acmeCredential: `${publicMdmPath}acme_credential/:token/`,
  scepCredential: `${publicMdmPath}scep_credential/:token/`,
  packageManifest: `${publicMdmPath}packages/:token/manifest/`,
  packageFile: `${publicMdmPath}packages/:token/file/`,
  enterpriseApp: `${publicMdmPath}device_commands/:uuid/enterprise_app/`,
} as const;

export type DownloadName = keyof typeof downloadPaths;

/** The URL of a download; `parameter` is the token, or the UUID of the command. */
export function downloadUrl(baseUrl: URL, name: DownloadName, parameter: string): string {
  return new URL(downloadPaths[name].replace(/:\w+/, parameter), baseUrl).href;
}
