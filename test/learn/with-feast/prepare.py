"""Makes a feature repository in the folder that is named, with values in its online store. Prints the version of Feast."""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import feast
import pandas as pd

import definitions

YAML = """project: ortolan
provider: local
registry: registry.db
online_store:
  type: sqlite
  path: online.db
offline_store:
  type: file
entity_key_serialization_version: 3
"""

folder = Path(sys.argv[1])
folder.joinpath("feature_store.yaml").write_text(YAML)
now = datetime.now(timezone.utc).replace(microsecond=0)
rows = pd.DataFrame(
    {
        "driver_id": [1001, 1002, 1003],
        "event_timestamp": [now - timedelta(minutes=10), now - timedelta(hours=20), now - timedelta(days=5)],
        "conv_rate": pd.Series([0.85, 0.2, 0.3], dtype="float32"),
        "acc_rate": pd.Series([0.92, 0.4, 0.3], dtype="float32"),
        "avg_daily_trips": [21, 3, 5],
        "city": ["Bern", "Genf", "Basel"],
    }
)
rows.to_parquet(folder / "stats.parquet")
store = feast.FeatureStore(repo_path=str(folder))
store.apply([definitions.driver, definitions.driver_stats, definitions.driver_activity])
store.write_to_online_store("driver_stats", rows)
print(feast.__version__)
