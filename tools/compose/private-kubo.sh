#!/bin/sh
# Run by the Kubo image before each start: a node that knows no peer, announces nothing,
# serves only its API, to the containers beside it, and forces every block to the disk (docs/kubo.md).
set -e
ipfs config --json Datastore.Spec "$(ipfs config Datastore.Spec | sed 's/"sync": false/"sync": true/')"
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
