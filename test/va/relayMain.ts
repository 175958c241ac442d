// SPDX-License-Identifier: Apache-2.0
// The inner half of a way out of a network namespace: port:socket… on the command line; what connects to 127.0.0.1:port here is
// connected to the Unix socket, which namespaces of the network do not part.
import { connect, createServer } from "node:net";

for (const way of process.argv.slice(2)) {
  const [port = "", socket = ""] = way.split(/:(.*)/s);
  const server = createServer((inner) => {
    const outer = connect(socket);
    inner.pipe(outer).pipe(inner);
    inner.on("error", () => outer.destroy());
    outer.on("error", () => inner.destroy());
  });
  await new Promise<void>((resolve) => server.listen(Number(port), "127.0.0.1", resolve));
}
process.stdout.write("ready\n");
