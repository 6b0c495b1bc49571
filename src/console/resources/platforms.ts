/** The platforms of artifacts and rules, and what their fields are called by the API. */
export const platforms = ["macOS", "iOS", "iPadOS", "tvOS"] as const;
export type Platform = (typeof platforms)[number];

export const platformOptions = platforms.map((platform) => ({ value: platform, label: platform }));

/** The beginning of a platform's fields: `macos_min_version`. */
export function fieldPrefix(platform: Platform): "macos" | "ios" | "ipados" | "tvos" {
  return ({ macOS: "macos", iOS: "ios", iPadOS: "ipados", tvOS: "tvos" } as const)[platform];
}
