module twin/testing/parts/consul

go 1.23.8

require github.com/hashicorp/consul v1.20.6
