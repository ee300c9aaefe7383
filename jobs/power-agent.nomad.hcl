# Purpose: the power agent on every node: sees the traffic of services that may sleep, puts idle ones to sleep and wakes them.
# Variables: below; none is required.
# Ports: "metrics", static, 9464 on the loopback address unless metrics_port says otherwise: GET /metrics, GET /health.
#   The traffic monitor needs CAP_BPF and CAP_NET_ADMIN in the network of the node, and a bpf file system at pins_dir. Where
#   it cannot have them it says so in /health, and nothing sleeps for being idle. With the driver exec the client's exec plugin
#   must have both in allow_caps. The agent itself then has no rights at all: its loader has the two by setcap.
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
  description = "exec needs volumes and pins_volume, user, and a loader in bpf_dir that has its rights by setcap."
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
  description = "Where its counts, and connections that it holds, outlive a restart."
}

variable "pins_volume" {
  type        = string
  default     = ""
  description = "Nomad host volume that is mounted at pins_dir: a folder of a bpf file system. For the driver exec."
}

variable "volumes" {
  type        = map(string)
  default     = {}
  description = "Nomad host volumes that the driver exec needs, and where their folders are: programs, which the task only reads."
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

    dynamic "volume" {
      for_each = var.volumes
      labels   = [volume.key]
      content {
        type      = "host"
        source    = volume.key
        read_only = true
      }
    }

    dynamic "volume" {
      for_each = var.pins_volume == "" ? [] : [var.pins_volume]
      labels   = ["pins"]
      content {
        type      = "host"
        source    = volume.value
        read_only = false
      }
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

      dynamic "volume_mount" {
        for_each = var.volumes
        content {
          volume      = volume_mount.key
          destination = volume_mount.value
          read_only   = true
        }
      }

      dynamic "volume_mount" {
        for_each = var.pins_volume == "" ? [] : ["pins"]
        content {
          volume      = volume_mount.value
          destination = var.pins_dir
        }
      }

      # The driver exec gives an ordinary user what a task may have at all, and the program would inherit it.
      dynamic "config" {
        for_each = var.driver == "exec" ? [1] : []
        content {
          cap_drop = ["all"]
          cap_add  = ["bpf", "net_admin"]
          command  = "/usr/bin/setpriv"
          args = [
            "--ambient-caps", "-all", "--inh-caps", "-all", var.node_path,
            "--max-semi-space-size=4", "${var.twin_dir}/power-agent/dist/main.js",
          ]
        }
      }

      dynamic "config" {
        for_each = var.driver == "exec" ? [] : [1]
        content {
          command = var.node_path
          args    = ["--max-semi-space-size=4", "${var.twin_dir}/power-agent/dist/main.js"]
        }
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
