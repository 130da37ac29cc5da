package dev.mtlsoperator.rotation.simulation;

import dev.mtlsoperator.api.KeyAlgorithm;
import dev.mtlsoperator.api.ca.CAPrivateKey;
import dev.mtlsoperator.api.ca.RootCA;
import dev.mtlsoperator.api.ca.RootCASpec;
import dev.mtlsoperator.api.ca.Rotation;
import dev.mtlsoperator.api.ca.Rotation.Advance;
import dev.mtlsoperator.api.ca.Rotation.Reissue;
import dev.mtlsoperator.fixtures.RootCAFixture;
import dev.mtlsoperator.pki.encoding.Fingerprint;
import dev.mtlsoperator.rotation.generation.CaGeneration;
import dev.mtlsoperator.rotation.generation.CaGenerations;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An action of people or machines.
 *
 * @param size the amount or the choice, from 1 to 1000
 */
record SimulatedEvent(Kind kind, int size) {
  void happen(RotationSimulator world, SimulatedLife life) {
    kind.happen(world, life, size);
  }

  @Override
  public String toString() {
    return kind + "(" + size + ")";
  }

  /** Kinds of events. */
  enum Kind {
    /** Time passes: up to a lifetime of the CA. */
    LIVE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        // short times as well as long ones
        Duration most = life.spec().duration();
        world.run(
            size % 2 == 0
                ? most.multipliedBy(size).dividedBy(1_000)
                : life.spec().overlap().multipliedBy(size).dividedBy(200));
      }
    },
    /** The operator is down for up to two lifetimes of the CA. */
    OUTAGE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.pass(life.spec().duration().multipliedBy(size).dividedBy(500));
        world.run(Duration.ofMinutes(1));
      }
    },
    /** The operator is down for a short time. */
    SHORT_OUTAGE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.pass(life.spec().overlap().multipliedBy(size).dividedBy(10_000));
        world.run(Duration.ofMinutes(1));
      }
    },
    ROTATE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.rotate("at " + world.now());
      }
    },
    EDIT_NAME {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        edit(world, "root " + size % 3, null, null);
      }
    },
    EDIT_KEY {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        edit(world, null, new CAPrivateKey(KeyAlgorithm.ECDSA, size % 2 == 0 ? 256 : 384), null);
      }
    },
    EDIT_REISSUE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        Reissue reissue = size % 2 == 0 ? Reissue.OnRenewal : Reissue.Immediately;
        world.edit(
            ca -> {
              Rotation before = ca.getSpec().rotation();
              return edited(
                  ca, null, null, new Rotation(before.overlap(), reissue, before.advance(), false));
            });
      }
    },
    EDIT_ADVANCE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        Advance advance = size % 2 == 0 ? Advance.Automatic : Advance.Manual;
        world.edit(
            ca -> {
              Rotation before = ca.getSpec().rotation();
              return edited(
                  ca, null, null, new Rotation(before.overlap(), before.reissue(), advance, false));
            });
      }
    },
    /** Peers read no later than before, but the operator waits longer. */
    LONGER_OVERLAP {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        edit(world, null, null, life.spec().overlap().multipliedBy(3).dividedBy(2));
      }
    },
    BREAK_SPEC {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        edit(world, "", null, null);
      }
    },
    MEND_SPEC {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        edit(world, "root", null, life.spec().overlap());
      }
    },
    /** Whatever waits for an approval gets it. */
    GIVE_THE_WORD {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        CaGenerations generations = world.generations();
        generations
            .successor()
            .or(() -> generations.former().stream().findFirst())
            .ifPresent(g -> world.advance(g.fingerprint()));
      }
    },
    GIVE_A_WRONG_WORD {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.advance(new Fingerprint("sha256:" + "0".repeat(64)));
      }
    },
    DISTRUST {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        List<CaGeneration> all = world.generations().generations();
        world.distrust(all.get(size % all.size()).fingerprint());
      }
    },
    ADD_LEAF {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        life.add(world, size % 6, Duration.ofSeconds(size));
      }
    },
    REMOVE_LEAF {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        any(world, size).ifPresent(world::remove);
      }
    },
    STICK {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        any(world, size).ifPresent(world::stick);
      }
    },
    RELEASE {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.release();
      }
    },
    CLOCKS_FORWARD {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.jump(life.spec().duration().multipliedBy(size).dividedBy(2_000));
      }
    },
    CLOCKS_BACK {
      @Override
      void happen(RotationSimulator world, SimulatedLife life, int size) {
        world.jump(life.spec().duration().multipliedBy(-size).dividedBy(4_000));
      }
    };

    abstract void happen(RotationSimulator world, SimulatedLife life, int size);

    void happen(RotationSimulator world, SimulatedLife life) {
      happen(world, life, 1);
    }

    private static Optional<String> any(RotationSimulator world, int size) {
      List<String> leaves = world.leaves().stream().sorted().toList();
      return leaves.isEmpty() ? Optional.empty() : Optional.of(leaves.get(size % leaves.size()));
    }

    private static void edit(
        RotationSimulator world,
        @Nullable String name,
        @Nullable CAPrivateKey key,
        @Nullable Duration overlap) {
      world.edit(
          ca -> {
            Rotation before = ca.getSpec().rotation();
            return edited(
                ca,
                name,
                key,
                new Rotation(
                    overlap == null ? before.overlap() : overlap.toSeconds() + "s",
                    before.reissue(),
                    before.advance(),
                    false));
          });
    }

    private static RootCA edited(
        RootCA ca, @Nullable String name, @Nullable CAPrivateKey key, Rotation rotation) {
      RootCASpec before = ca.getSpec();
      return RootCAFixture.edited(
          ca,
          it ->
              it.commonName(name == null ? before.commonName() : name)
                  .privateKey(key == null ? before.privateKey() : key)
                  .rotation(rotation));
    }
  }
}
