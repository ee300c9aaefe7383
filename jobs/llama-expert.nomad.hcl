# Purpose: one expert. A head (llama.cpp's OpenAI-compatible server) and, where the model does not fit one node, RPC workers
#   that hold some of its layers. The head tries the models of model_list in order, takes the first that serves, and announces
#   itself in Consul as <service_name> with meta model, expert, persona, context, degraded, build and template.
# Variables: below. Required: model_list and build_id.
# Ports: all dynamic. "http" (head) and "rpc" (worker) are opened on an address inside the cluster only.
#   An RPC worker serves one client at a time and has no protection: nothing but its head may reach its port, and no check
#   probes it, because a probe would take the head's place in its queue.
# Run: nomad job run -var 'model_list=[{"name":"small","file":"small.gguf"}]' -var build_id=3.22.1 jobs/llama-expert.nomad.hcl

variable "job_name" {
  type        = string
  default     = "llamacpp-rpc"
  description = "Id of the job; its workers are the Consul service <job_name>-rpc."
}

variable "service_name" {
  type        = string
  default     = "llama-api-main"
  description = "Consul service of the head. What follows llama-api- is the name of the expert."
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

variable "model_list" {
  type        = string
  description = "JSON list of { name, file, sha256, context, min_ram_mb, fallback, layers, prompt }; tried in order."
}

variable "build_id" {
  type        = string
  description = "The llama.cpp build of the whole expert: the line 'build' in the file BUILD beside the programs."
}

variable "persona" {
  type    = string
  default = ""
}

variable "context" {
  type        = number
  default     = 4096
  description = "Tokens of one slot."
}

variable "slots" {
  type        = number
  default     = 2
  description = "Requests at once; each has its own context."
}

variable "threads" {
  type        = number
  default     = 0
  description = "Threads of head and workers; 0 is all cores of the node."
}

variable "memory_mb" {
  type        = number
  default     = 3000
  description = "Memory of the head."
}

variable "cache_ram_mb" {
  type        = number
  default     = 128
  description = "Of it, for prompts whose slot was taken by another."
}

variable "cpu_mhz" {
  type    = number
  default = 500
}

variable "worker_count" {
  type        = number
  default     = 0
  description = "RPC workers. They add memory, never speed: 0 where the model fits one node."
}

variable "rpc_memory_mb" {
  type        = number
  default     = 3000
  description = "Memory of each worker."
}

variable "rpc_wait_s" {
  type        = number
  default     = 60
  description = "How long the head waits for its workers before it goes on with those present."
}

variable "rpc_host_network" {
  type        = string
  default     = "default"
  description = "Host network of Nomad's client whose address is inside the cluster."
}

variable "rpc_port" {
  type        = number
  default     = 0
  description = "Port of its workers on every node, 0 for one of Nomad's. The firewall of a node lets its head in to a fixed one only."
}

variable "spread_workers" {
  type        = bool
  default     = true
  description = "Each worker on a node of its own. False only to try things out on one machine."
}

variable "start_timeout_s" {
  type        = number
  default     = 600
  description = "How long one model may take to load and give its first token."
}

variable "slots_dir" {
  type        = string
  default     = "/opt/nomad/slots"
  description = "Where evaluated prompts are kept while the expert sleeps, a folder for each service; empty: they are not kept. A model with a sliding window then holds its whole context in memory."
}

variable "slots_volume" {
  type        = string
  default     = ""
  description = "Nomad host volume that is mounted at slots_dir; needed with the driver exec, whose own files are gone after each run."
}

variable "slots_mb" {
  type        = number
  default     = 1024
  description = "Most of them on disk."
}

variable "llama_dir" {
  type        = string
  default     = "/opt/twin/llama"
  description = "Folder with llama-server, ggml-rpc-server and BUILD."
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

job "llama-expert" {
  id          = var.job_name
  name        = var.job_name
  namespace   = var.namespace
  datacenters = var.datacenters
  type        = "service"

  meta {
    revision = var.revision
  }

  # No deployments: one that goes on for as long as a model loads would refuse to let the job be scaled, and so to sleep.
  update {
    max_parallel = 0
  }

  group "head" {
    count = 1

    network {
      port "http" {
        host_network = var.rpc_host_network
      }
    }

    # By this a worker's node knows from where its head comes, before the head serves anything (jobs/src/rpc-door).
    dynamic "service" {
      for_each = var.worker_count > 0 ? ["${var.job_name}-head"] : []
      content {
        name     = service.value
        provider = "consul"
        port     = "http"
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
      attempts = 5
      interval = "2m"
      delay    = "2s"
      mode     = "delay"
    }

    dynamic "volume" {
      for_each = var.slots_volume == "" ? [] : [var.slots_volume]
      labels   = ["slots"]
      content {
        type      = "host"
        source    = volume.value
        read_only = false
      }
    }

    task "head" {
      driver       = var.driver
      user         = var.user
      kill_signal  = "SIGTERM"
      kill_timeout = "30s"

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
        args    = ["${var.twin_dir}/jobs/dist/head/main.js"]
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
        for_each = var.slots_volume == "" ? [] : ["slots"]
        content {
          volume      = volume_mount.value
          destination = var.slots_dir
        }
      }

      env {
        CONSUL_HTTP_ADDR     = var.consul_addr
        TWIN_SERVICE         = var.service_name
        TWIN_RPC_SERVICE     = "${var.job_name}-rpc"
        TWIN_HEAD_HOST       = "${NOMAD_IP_http}"
        TWIN_HEAD_PORT       = "${NOMAD_PORT_http}"
        TWIN_MODEL_LIST      = var.model_list
        TWIN_MODELS          = var.models_dir
        TWIN_LLAMA           = var.llama_dir
        TWIN_BUILD_ID        = var.build_id
        TWIN_PERSONA         = var.persona
        TWIN_CONTEXT         = var.context
        TWIN_SLOTS           = var.slots
        TWIN_THREADS         = var.threads
        TWIN_MEMORY_MB       = var.memory_mb
        TWIN_RPC_MEMORY_MB   = var.rpc_memory_mb
        TWIN_CACHE_RAM_MB    = var.cache_ram_mb
        TWIN_WORKER_COUNT    = var.worker_count
        TWIN_RPC_WAIT_S      = var.rpc_wait_s
        TWIN_START_TIMEOUT_S = var.start_timeout_s
        TWIN_SLOTS_DIR       = var.slots_dir
        TWIN_SLOTS_MB        = var.slots_mb
      }

      resources {
        cpu    = var.cpu_mhz
        memory = var.memory_mb
      }
    }
  }

  group "rpc" {
    count = var.worker_count

    dynamic "constraint" {
      for_each = var.spread_workers ? ["each on a node of its own"] : []
      content {
        operator = "distinct_hosts"
        value    = "true"
      }
    }

    network {
      port "rpc" {
        static       = var.rpc_port
        host_network = var.rpc_host_network
      }
    }

    # Nomad itself takes the service back when the process ends.
    service {
      name     = "${var.job_name}-rpc"
      provider = "consul"
      port     = "rpc"

      meta {
        build   = var.build_id
        service = var.service_name
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
      attempts = 5
      interval = "2m"
      delay    = "2s"
      mode     = "delay"
    }

    task "rpc" {
      driver      = var.driver
      user        = var.user
      kill_signal = "SIGTERM"

      # It has nothing to save, and as the first process of the exec driver's namespace it does not hear the signal.
      kill_timeout = "1s"

      config {
        command = "/bin/sh"
        args    = ["${var.twin_dir}/jobs/rpc-worker.sh"]
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
        TWIN_LLAMA    = var.llama_dir
        TWIN_BUILD_ID = var.build_id
        TWIN_RPC_HOST = "${NOMAD_IP_rpc}"
        TWIN_RPC_PORT = "${NOMAD_PORT_rpc}"
        TWIN_THREADS  = var.threads
      }

      resources {
        cpu    = var.cpu_mhz
        memory = var.rpc_memory_mb
      }
    }
  }
}
