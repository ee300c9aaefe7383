# Purpose: measures one model on one node with llama-bench. Prints tokens per second in its log and keeps them in Consul at
#   pipecat/experts/<expert>/bench.
# Variables: below. Required: model_file.
# Ports: none.
# Run: nomad job run -var model_file=small.gguf jobs/benchmark.nomad.hcl

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

variable "expert" {
  type        = string
  default     = "main"
  description = "The expert whose model this is."
}

variable "model_file" {
  type = string
}

variable "node_name" {
  type        = string
  default     = ""
  description = "The node to measure; empty leaves the choice to Nomad."
}

variable "threads" {
  type        = number
  default     = 0
  description = "0 is all cores of the node."
}

variable "prompt_tokens" {
  type    = number
  default = 128
}

variable "generated_tokens" {
  type    = number
  default = 32
}

variable "repeats" {
  type    = number
  default = 3
}

variable "memory_mb" {
  type    = number
  default = 3000
}

variable "llama_dir" {
  type        = string
  default     = "/opt/twin/llama"
  description = "Folder with llama-bench and BUILD."
}

variable "models_dir" {
  type    = string
  default = "/opt/nomad/models"
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

job "llama-benchmark" {
  namespace   = var.namespace
  datacenters = var.datacenters
  type        = "batch"

  meta {
    run_id = var.run_id
  }

  group "bench" {
    dynamic "constraint" {
      for_each = var.node_name == "" ? [] : [var.node_name]
      content {
        attribute = "${node.unique.name}"
        value     = constraint.value
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

    restart {
      attempts = 0
      mode     = "fail"
    }

    reschedule {
      attempts  = 0
      unlimited = false
    }

    task "bench" {
      driver      = var.driver
      user        = var.user
      kill_signal = "SIGTERM"

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
        args    = ["${var.twin_dir}/jobs/dist/benchmark/main.js"]
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
        CONSUL_HTTP_ADDR    = var.consul_addr
        TWIN_NODE           = "${node.unique.name}"
        TWIN_EXPERT         = var.expert
        TWIN_LLAMA          = var.llama_dir
        TWIN_MODELS         = var.models_dir
        TWIN_MODEL_FILE     = var.model_file
        TWIN_THREADS        = var.threads
        TWIN_BENCH_PROMPT   = var.prompt_tokens
        TWIN_BENCH_GENERATE = var.generated_tokens
        TWIN_BENCH_REPEATS  = var.repeats
      }

      resources {
        cpu    = 500
        memory = var.memory_mb
      }
    }
  }
}
