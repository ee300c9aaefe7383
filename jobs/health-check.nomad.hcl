# Purpose: asks every expert of the cluster (Consul services llama-api-*): TCP, /health, a completion of one token. Prints a
#   table (expert, node, model, ms, degraded, verdict) in its log; the task fails when one expert fails. An expert that is
#   asleep is listed and does not fail; one that should be there and is not, does.
# Variables: below; none is required.
# Ports: none.
# Run: nomad job run jobs/health-check.nomad.hcl, then read the log of its allocation. Run it again: nomad job run again.

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

variable "timeout_ms" {
  type        = number
  default     = 60000
  description = "How long one expert may take for all three probes."
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

variable "run_id" {
  type        = string
  default     = ""
  description = "Any text that differs from the last run's, so that Nomad runs an unchanged job again."
}

job "health-check" {
  namespace   = var.namespace
  datacenters = var.datacenters
  type        = "batch"

  meta {
    run_id = var.run_id
  }

  group "check" {
    dynamic "volume" {
      for_each = var.volumes
      labels   = [volume.key]
      content {
        type      = "host"
        source    = volume.key
        read_only = true
      }
    }

    # The verdict is the exit code: no second try may hide it.
    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "check" {
      driver = var.driver
      user   = var.user

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
        args    = ["${var.twin_dir}/jobs/dist/health-check/main.js"]
      }

      dynamic "volume_mount" {
        for_each = var.volumes
        content {
          volume      = volume_mount.key
          destination = volume_mount.value
          read_only   = true
        }
      }

      env {
        CONSUL_HTTP_ADDR      = var.consul_addr
        TWIN_PROBE_TIMEOUT_MS = var.timeout_ms
      }

      resources {
        cpu    = 100
        memory = 128
      }
    }
  }
}
