#!/bin/sh
# Run by the Kubo image before each start: a node that knows no peer, announces nothing and
# serves only its API, to the containers beside it.
set -e
ipfs config --json AutoConf.Enabled false
ipfs config --json DNS.Resolvers '{}'
ipfs config --json Ipns.DelegatedPublishers '[]'
ipfs config --json Routing.DelegatedRouters '[]'
ipfs config --json Bootstrap '[]'
ipfs config --json Addresses.Swarm '[]'
ipfs config Addresses.Gateway ""
ipfs config Routing.Type none
ipfs config --json Provide.Enabled false
ipfs config --json Discovery.MDNS.Enabled false
ipfs config --json Swarm.DisableNatPortMap true
