"""tritonclient[http], as it is published, against a server with the models of test/clients/models.ts."""

from importlib.metadata import version

import at_once
import checks
import compressed
import faults
import images
import repository
import server
import tensors
import unsupported

PARTS = [server, tensors, compressed, images, faults, at_once, unsupported, repository]

if __name__ == "__main__":
    checks.main(
        f"tritonclient {version('tritonclient')}",
        [check for part in PARTS for check in part.CHECKS],
    )
