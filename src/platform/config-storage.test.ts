import { expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";
import { fileBytesMaxDefault } from "./config-storage.ts";

const read = (environment: Readonly<Record<string, string>>) =>
  readConfig(environment, () => {
    throw new Error("no file");
  }).storage;

const keys = {
  POMONA_S3_REGION: "eu-central-1",
  POMONA_S3_ACCESS_KEY_ID: "AK",
  POMONA_S3_SECRET_ACCESS_KEY: "sk",
};

test("without settings files are in the data folder, and there is no S3", () => {
  expect(read({})).toEqual({ s3: null, bucket: null, fileBytesMax: fileBytesMaxDefault, privateHosts: [] });
});

test("S3 is Amazon's of the region unless another server is named, and its secret does not print", () => {
  const { s3, bucket, ...rest } = read({
    ...keys,
    POMONA_FILES_BUCKET: "pomona",
    POMONA_FILE_BYTES_MAX: "1000",
    POMONA_FILES_PRIVATE_HOSTS: "Files.Example, 10.0.0.1",
  });
  expect(s3?.endpoint.href).toBe("https://s3.eu-central-1.amazonaws.com/");
  expect(s3?.secretAccessKey.reveal()).toBe("sk");
  expect(JSON.stringify(s3)).not.toContain('"sk"');
  expect([bucket, rest]).toEqual([
    "pomona",
    { fileBytesMax: 1000, privateHosts: ["files.example", "10.0.0.1"] },
  ]);
  expect(read({ ...keys, POMONA_S3_ENDPOINT: "http://127.0.0.1:9000" }).s3?.endpoint.port).toBe("9000");
});

test.each([
  [{ POMONA_S3_REGION: "eu-central-1" }, /belong together/],
  [{ POMONA_FILES_BUCKET: "pomona" }, /needs POMONA_S3_REGION/],
  [{ ...keys, POMONA_S3_ENDPOINT: "http://s3.example" }, /POMONA_S3_ENDPOINT: must be an https URL/],
  [{ ...keys, POMONA_FILES_BUCKET: "A/b" }, /must be the name of a bucket/],
  [{ ...keys, POMONA_S3_REGION: "a/b" }, /must be a region/],
  [{ POMONA_FILE_BYTES_MAX: "0" }, /must be a number of bytes/],
])("%j is refused", (environment, message) => {
  expect(() => read(environment)).toThrow(ConfigError);
  expect(() => read(environment)).toThrow(message);
});
