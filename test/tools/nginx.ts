/** nginx with TLS client certificates, as an operator puts it in front of the server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { waitFor } from "#sandbox/simulate/wait.ts";
import { Workbench } from "./openssl.ts";

const startSecondsMax = 10;

export type NginxOptions = {
  /** Paths of the programs. */
  readonly nginx: string;
  readonly openssl: string;
  readonly port: number;
  /** Where the server listens. */
  readonly upstream: URL;
  /** The address that nginx speaks to the server from: one the server trusts. */
  readonly ownAddress: string;
  /** PEM of the authority whose certificates clients must show. */
  readonly clientCaPem: string;
};

export type Nginx = {
  /** PEM of its own certificate, which is for `localhost`. */
  readonly certificatePem: string;
  readonly stop: () => Promise<void>;
};

/** Starts it as a child of this process, with every file in a temporary folder; the caller stops it. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const bench = new Workbench();
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const files = ["-keyout", "server-key.pem", "-out", "server.pem"];
  bench.run(
    options.openssl,
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "1",
    ...names,
    ...files,
  );
  bench.write("client-ca.pem", options.clientCaPem);
  mkdirSync(bench.path("temp"));
  const configuration = bench.write("nginx.conf", describeProxy(options));
  const child = spawn(options.nginx, ["-p", bench.folder, "-c", configuration, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let messages = "";
  child.stderr.on("data", (chunk) => void (messages += String(chunk)));
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await exited;
    bench[Symbol.dispose]();
  };
  try {
    await waitFor("nginx to listen", startSecondsMax, () => {
      if (child.exitCode !== null) throw new Error(`nginx has ended: ${messages}`);
      return canConnect(options.port);
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { certificatePem: bench.read("server.pem").toString(), stop };
}

async function canConnect(port: number): Promise<true | null> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    // It does not listen yet; the caller asks again.
    return null;
  } finally {
    socket.destroy();
  }
}

/** One process as whoever runs the tests, so that root and everybody else get the same. */
function describeProxy({ port, upstream, ownAddress }: NginxOptions): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
master_process off;
pid nginx.pid;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path temp/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server-key.pem;
    ssl_client_certificate client-ca.pem;
    ssl_verify_client on;
    client_max_body_size 10m;
    location /public/mdm/ {
      proxy_pass ${upstream.origin};
      proxy_bind ${ownAddress};
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-SSL-Client-Cert $ssl_client_escaped_cert;
      proxy_set_header X-SSL-Client-S-DN $ssl_client_s_dn;
    }
  }
}
`;
}
