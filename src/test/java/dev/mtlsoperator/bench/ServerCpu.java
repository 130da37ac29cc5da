package dev.mtlsoperator.bench;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.Usage;
import java.time.Duration;

/** CPU of a cluster's servers, from their start or from an earlier reading. */
record ServerCpu(Duration apiServer, Duration etcd) {
  static ServerCpu of(EmbeddedCluster cluster) {
    return new ServerCpu(Usage.of(cluster.apiServer()).cpu(), Usage.of(cluster.etcd()).cpu());
  }

  ServerCpu since(ServerCpu earlier) {
    return new ServerCpu(apiServer.minus(earlier.apiServer), etcd.minus(earlier.etcd));
  }

  Duration both() {
    return apiServer.plus(etcd);
  }
}
