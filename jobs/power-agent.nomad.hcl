# Purpose: the power agent on every node: sees the traffic of services that may sleep, puts idle ones to sleep and wakes them.
# Variables: below; none is required.
# Ports: "metrics", static, 9464 on the loopback address unless metrics_port says otherwise: GET /metrics, GET /health.
#   The traffic monitor needs CAP_BPF and CAP_NET_ADMIN in the network of the node, and a bpf file system at /sys/fs/bpf. Where
#   it cannot have them it says so in /health, and nothing sleeps for being idle.
# Run: nomad job run jobs/power-agent.nomad.hcl. Compile the monitor on each node first: power-agent/bpf/build.sh.

variable "namespace" {
  type    = string
  default = "default"
}

variable "datacenters" {
  type    = list(string)
  default = ["*"]
}

variable "driver" {
  type        = string
  default     = "raw_exec"
  description = "raw_exec: a chroot has neither the node's bpf file system nor its network tables."
}

variable "metrics_port" {
  type    = number
  default = 9464
}

variable "metrics_addr" {
  type        = string
  default     = "127.0.0.1"
  description = "Address of metrics and health; empty: that of the node. Anything but the loopback address shows them to the network."
}

variable "idle_seconds" {
  type        = number
  default     = 1800
  description = "Without work for so long a service sleeps; 0 never. The key pipecat/power/<service>/idle_seconds goes first."
}

variable "bpf_dir" {
  type        = string
  default     = ""
  description = "Folder with the compiled traffic monitor; empty compiles it, or finds it compiled, by power-agent/bpf/build.sh."
}

variable "pins_dir" {
  type        = string
  default     = "/sys/fs/bpf/twin"
  description = "Where its counts outlive a restart."
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "More settings: environment variables, as power-agent/src/config.ts lists them."
}

variable "user" {
  type        = string
  default     = ""
  description = "User of the agent; its loader needs CAP_BPF and CAP_NET_ADMIN then, by setcap. Empty: as the driver says."
}

variable "memory_mb" {
  type    = number
  default = 128
}

variable "twin_dir" {
  type        = string
  default     = "/opt/twin/app"
  description = "A built checkout of this project."
}

variable "node_path" {
  type    = string
  default = "/usr/bin/node"
}

variable "revision" {
  type        = string
  default     = ""
  description = "Any text that changes with the files that the job runs, so that it starts again with the new ones."
}

variable "workload_identity" {
  type        = bool
  default     = false
  description = "Whether tasks get tokens for Consul and Nomad by the identity that Nomad signs; where these have access control."
}

variable "consul_addr" {
  type    = string
  default = "http://127.0.0.1:8500"
}

variable "nomad_addr" {
  type    = string
  default = "http://127.0.0.1:4646"
}

job "power-agent" {
  namespace   = var.namespace
  datacenters = var.datacenters
  type        = "system"

  meta {
    revision = var.revision
  }

  group "agent" {
    # An agent that is gone holds no connection any more after ten seconds.
    restart {
      attempts = 10
      interval = "5m"
      delay    = "1s"
      mode     = "delay"
    }

    task "agent" {
      driver       = var.driver
      user         = var.user
      kill_signal  = "SIGTERM"
      kill_timeout = "15s"

      # CONSUL_HTTP_TOKEN and NOMAD_TOKEN.
      dynamic "consul" {
        for_each = var.workload_identity ? ["default"] : []
        content {}
      }

      dynamic "identity" {
        for_each = var.workload_identity ? ["default", "consul_default"] : []
        content {
          name = identity.value
          aud  = identity.value == "default" ? null : ["consul.io"]
          env  = identity.value == "default"
        }
      }

      config {
        command = var.node_path
        args    = ["--max-semi-space-size=4", "${var.twin_dir}/power-agent/dist/main.js"]
      }

      env = merge({
        CONSUL_HTTP_ADDR   = var.consul_addr
        NOMAD_ADDR         = var.nomad_addr
        TWIN_NODE          = "${node.unique.name}"
        POWER_HOST         = var.metrics_addr != "" ? var.metrics_addr : "${attr.unique.network.ip-address}"
        POWER_PORT         = var.metrics_port
        POWER_IDLE_SECONDS = var.idle_seconds
        POWER_BPF          = var.bpf_dir
        POWER_PINS         = var.pins_dir
      }, var.settings)

      resources {
        cpu    = 50
        memory = var.memory_mb
      }
    }
  }
}
