"""What a plan must not do unless somebody says why. `check` asks them all."""
