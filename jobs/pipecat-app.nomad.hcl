# Purpose: the agent, with Mission Control and every protocol door, out of a built checkout. Consul service pipecat-app.
# Variables: below; none is required.
# Ports: "http", static, 8000 unless http_port says otherwise.
# Run: nomad job run jobs/pipecat-app.nomad.hcl; the sign-in link is in the log of the task, more by `twin signin`.

variable "job_name" {
  type    = string
  default = "pipecat-app"
}

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
  default     = "exec"
  description = "exec, or raw_exec where exec cannot run."
}

variable "http_port" {
  type    = number
  default = 8000
}

variable "http_host_network" {
  type        = string
  default     = "default"
  description = "Host network of Nomad's client on whose address people reach the agent."
}

variable "node_name" {
  type        = string
  default     = ""
  description = "The node that has the agent's state; empty leaves the choice to Nomad."
}

variable "tls_cert_path" {
  type        = string
  default     = ""
  description = "Certificate of the node, and its key in tls_key_path: then the agent answers by HTTPS."
}

variable "tls_key_path" {
  type    = string
  default = ""
}

variable "memory_mb" {
  type    = number
  default = 1500
}

variable "cpu_mhz" {
  type    = number
  default = 1000
}

variable "benchmark_mode" {
  type        = string
  default     = "false"
  description = "\"true\" logs where the time of each turn went."
}

variable "settings" {
  type        = map(string)
  default     = {}
  description = "More settings of the agent: environment variables, as pipecat-app/src/config.ts lists them."
}

variable "home_dir" {
  type        = string
  default     = "/opt/twin/home"
  description = "State of the agent: keys, memory, turns."
}

variable "home_volume" {
  type        = string
  default     = ""
  description = "Nomad host volume that is mounted at home_dir; needed with the driver exec."
}

variable "models_dir" {
  type    = string
  default = "/opt/nomad/models"
}

variable "engines_dir" {
  type    = string
  default = "/opt/twin/engines"
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

variable "volumes" {
  type        = map(string)
  default     = {}
  description = "Nomad host volumes that the driver exec needs, and where their folders are: programs and models, which tasks only read."
}

variable "workload_identity" {
  type        = bool
  default     = false
  description = "Whether tasks get tokens for Consul and Nomad by the identity that Nomad signs; where these have access control."
}

variable "user" {
  type        = string
  default     = ""
  description = "User that the task runs as; empty: as the driver says."
}

variable "consul_addr" {
  type    = string
  default = "http://127.0.0.1:8500"
}

variable "nomad_addr" {
  type    = string
  default = "http://127.0.0.1:4646"
}

job "pipecat-app" {
  id          = var.job_name
  name        = var.job_name
  namespace   = var.namespace
  datacenters = var.datacenters
  type        = "service"

  meta {
    revision = var.revision
  }

  # One at a time: the port is static, and the state belongs to one process.
  update {
    max_parallel = 0
  }

  group "app" {
    count = 1

    dynamic "constraint" {
      for_each = var.node_name == "" ? [] : [var.node_name]
      content {
        attribute = "${node.unique.name}"
        value     = constraint.value
      }
    }

    network {
      port "http" {
        static       = var.http_port
        host_network = var.http_host_network
      }
    }

    service {
      name     = "pipecat-app"
      provider = "consul"
      port     = "http"

      check {
        name     = "answers /health"
        type     = "http"
        protocol = var.tls_cert_path == "" ? "http" : "https"
        path     = "/health"
        interval = "10s"
        timeout  = "5s"

        # It is this very node that asks, by an address.
        tls_skip_verify = true
      }
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
      for_each = var.home_volume == "" ? [] : [var.home_volume]
      labels   = ["home"]
      content {
        type      = "host"
        source    = volume.value
        read_only = false
      }
    }

    restart {
      attempts = 5
      interval = "5m"
      delay    = "3s"
      mode     = "delay"
    }

    task "app" {
      driver       = var.driver
      user         = var.user
      kill_signal  = "SIGTERM"
      kill_timeout = "25s"

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
        args    = ["--max-semi-space-size=4", "${var.twin_dir}/pipecat-app/dist/main.js"]
      }

      dynamic "volume_mount" {
        for_each = var.volumes
        content {
          volume      = volume_mount.key
          destination = volume_mount.value
          read_only   = true
        }
      }

      # Inside of what is mounted above.
      dynamic "volume_mount" {
        for_each = var.home_volume == "" ? [] : ["home"]
        content {
          volume      = volume_mount.value
          destination = var.home_dir
        }
      }

      env = merge({
        MALLOC_ARENA_MAX = "2"
        CONSUL_HTTP_ADDR = var.consul_addr
        NOMAD_ADDR       = var.nomad_addr
        BENCHMARK_MODE   = var.benchmark_mode
        TWIN_HOST        = "${NOMAD_IP_http}"
        TWIN_PORT        = "${NOMAD_PORT_http}"
        TWIN_TLS_CERT    = var.tls_cert_path
        TWIN_TLS_KEY     = var.tls_key_path
        TWIN_HOME        = var.home_dir
        TWIN_MODELS      = var.models_dir
        TWIN_ENGINES     = var.engines_dir
      }, var.settings)

      resources {
        cpu    = var.cpu_mhz
        memory = var.memory_mb
      }
    }
  }
}
