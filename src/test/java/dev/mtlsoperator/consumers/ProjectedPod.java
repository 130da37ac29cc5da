package dev.mtlsoperator.consumers;

import dev.mtlsoperator.cluster.EmbeddedCluster;
import dev.mtlsoperator.cluster.FreePort;
import dev.mtlsoperator.harness.Scene;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Runs the container of a Deployment as kubelet does, but with a program of this machine: its
 * volumes are projected from the Secrets and ConfigMaps on the API server, and again when one of
 * these changes. Where a file or the command names a mount path or the port of the container, the
 * name is replaced, since there is no file system and no network of its own.
 */
public final class ProjectedPod implements MtlsGateway {
  private final String namespace;
  private final KubernetesClient client;
  private final Path root;
  private final Map<String, String> replaced;
  private final PodSpec pod;
  private final Map<String, String> projected = new HashMap<>();
  private final Queue<Throwable> broken = new ConcurrentLinkedQueue<>();
  private final List<Watch> watches = new ArrayList<>();
  private final GatewayProcess process;

  private ProjectedPod(
      EmbeddedCluster cluster,
      String namespace,
      PodSpec pod,
      Path folder,
      Map<String, String> replaced,
      List<Path> programs)
      throws IOException, InterruptedException {
    this.namespace = namespace;
    this.client = cluster.client();
    this.pod = pod;
    this.root = Files.createDirectories(folder.resolve("root"));
    this.replaced = new LinkedHashMap<>(replaced);
    container()
        .getVolumeMounts()
        .forEach(mount -> this.replaced.put(mount.getMountPath(), place(mount.getMountPath())));
    int port = FreePort.next();
    this.replaced.put(
        container().getPorts().get(0).getContainerPort().toString(), Integer.toString(port));
    for (Volume volume : pod.getVolumes()) {
      if (volume.getEmptyDir() == null) {
        project(volume, object(volume));
      } else {
        Files.createDirectories(Path.of(place(mountPath(volume))));
      }
    }
    List<String> command = new ArrayList<>(List.of("env", "PATH=" + path(programs)));
    container().getCommand().forEach(word -> command.add(replace(word)));
    process = GatewayProcess.start(folder, port, command.toArray(String[]::new));
    try {
      watches.add(client.secrets().inNamespace(namespace).watch(watcher()));
      watches.add(client.configMaps().inNamespace(namespace).watch(watcher()));
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private static String path(List<Path> programs) {
    return programs.stream().map(program -> program + ":").collect(Collectors.joining())
        + System.getenv("PATH");
  }

  /**
   * Starts it on a free port; it answers when this returns.
   *
   * @param deployment with one container, one port, and volumes of Secrets and ConfigMaps, or empty
   *     ones
   * @param folder empty
   * @param replaced what else is to be replaced in files and in the command, and by what
   * @param programs folders that are looked at first
   */
  public static ProjectedPod start(
      EmbeddedCluster cluster,
      String namespace,
      String deployment,
      Path folder,
      Map<String, String> replaced,
      List<Path> programs)
      throws IOException, InterruptedException {
    PodSpec pod =
        cluster
            .client()
            .apps()
            .deployments()
            .inNamespace(namespace)
            .withName(deployment)
            .require()
            .getSpec()
            .getTemplate()
            .getSpec();
    return new ProjectedPod(cluster, namespace, pod, folder, replaced, programs);
  }

  private Container container() {
    return pod.getContainers().get(0);
  }

  private String place(String mountPath) {
    return root + mountPath;
  }

  /** In one pass: what is put in is not replaced again. */
  private String replace(String text) {
    String any =
        replaced.keySet().stream()
            .sorted(Comparator.comparing(String::length).reversed())
            // a path of a mount is not the start of another name
            .map(key -> Pattern.quote(key) + (key.startsWith("/") ? "(?![A-Za-z0-9._-])" : ""))
            .collect(Collectors.joining("|"));
    return Pattern.compile(any)
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(replaced.get(found.group())));
  }

  private HasMetadata object(Volume volume) {
    return volume.getSecret() == null
        ? client
            .configMaps()
            .inNamespace(namespace)
            .withName(volume.getConfigMap().getName())
            .require()
        : client
            .secrets()
            .inNamespace(namespace)
            .withName(volume.getSecret().getSecretName())
            .require();
  }

  private static boolean isOf(Volume volume, HasMetadata object) {
    String name = object.getMetadata().getName();
    return object instanceof Secret
        ? volume.getSecret() != null && name.equals(volume.getSecret().getSecretName())
        : volume.getConfigMap() != null && name.equals(volume.getConfigMap().getName());
  }

  private Map<String, byte[]> files(HasMetadata object) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    if (object instanceof ConfigMap map) {
      map.getData()
          .forEach((name, text) -> files.put(name, replace(text).getBytes(StandardCharsets.UTF_8)));
      return files;
    }
    Secret secret = (Secret) object;
    secret.getData().keySet().forEach(name -> files.put(name, Scene.bytes(secret, name)));
    return files;
  }

  /** Shows the new version, and deletes the folder of before. */
  private synchronized void project(Volume volume, HasMetadata object) throws IOException {
    String version = object.getMetadata().getResourceVersion();
    if (version.equals(projected.put(volume.getName(), version))) {
      return;
    }
    ProjectedVolume mounted = new ProjectedVolume(Path.of(place(mountPath(volume))));
    Path data = mounted.data();
    Optional<Path> before = Files.exists(data) ? Optional.of(data.toRealPath()) : Optional.empty();
    Map<String, byte[]> files = files(object);
    mounted.show(version, files);
    if (before.isPresent()) {
      delete(before.get(), mounted.folder(), files.keySet());
    }
  }

  private String mountPath(Volume volume) {
    return container().getVolumeMounts().stream()
        .filter(mount -> mount.getName().equals(volume.getName()))
        .findFirst()
        .orElseThrow()
        .getMountPath();
  }

  private static void delete(Path before, Path mounted, Set<String> staying) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(before)) {
      for (Path file : files) {
        if (!staying.contains(file.getFileName().toString())) {
          Files.delete(mounted.resolve(file.getFileName()));
        }
        Files.delete(file);
      }
    }
    Files.delete(before);
  }

  private <T extends HasMetadata> Watcher<T> watcher() {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, T object) {
        // also what changed before there was a watch
        if (action == Action.ADDED || action == Action.MODIFIED) {
          hear(object);
        }
      }

      @Override
      public void onClose(WatcherException e) {
        broken.add(e);
      }
    };
  }

  private void hear(HasMetadata object) {
    try {
      for (Volume volume : pod.getVolumes()) {
        if (isOf(volume, object)) {
          project(volume, object);
        }
      }
    } catch (IOException | RuntimeException | Error e) {
      broken.add(e);
    }
  }

  @Override
  public int port() {
    return process.port();
  }

  /** What it said so far, and what went wrong with its volumes. */
  @Override
  public String log() throws IOException {
    return process.log() + (broken.isEmpty() ? "" : "[error] " + broken);
  }

  @Override
  public void close() {
    watches.forEach(Watch::close);
    process.close();
  }
}
