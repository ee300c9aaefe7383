/** Name of the service and of the job. */
export const PLAIN = 'plain';

/** On both addresses: Nomad takes either for the loopback interface. */
const serverProgram = (port: number, busyFile: string): string =>
  `let asked = 0;
   const busy = () => require('fs').existsSync('${busyFile}') ? asked++ > 0 : false;
   const slots = () => JSON.stringify([{ is_processing: busy() }]);
   const answer = (q, a) => a.end(q.url === '/slots' ? slots() : 'hello');
   for (const host of ['127.0.0.1', '::1']) require('http').createServer(answer).listen(${port}, host)`.replace(
    /\s+/g,
    ' ',
  );

/** A service with a port of its own; while the file is there it says that it works, but not when it is asked first. */
export const plainJob = (port: number, busyFile: string): string => `job "plain" {
  type = "service"
  update {
    max_parallel = 0
  }
  group "web" {
    network {
      port "http" {
        static = ${port}
      }
    }
    service {
      name     = "${PLAIN}"
      provider = "consul"
      port     = "http"
      tags     = ["power-managed"]
      check {
        type     = "http"
        path     = "/health"
        interval = "1s"
        timeout  = "1s"
      }
    }
    task "web" {
      driver = "raw_exec"
      config {
        command = ${JSON.stringify(process.execPath)}
        args = ["-e", ${JSON.stringify(serverProgram(port, busyFile))}]
      }
      resources {
        cpu    = 20
        memory = 64
      }
    }
  }
}`;
