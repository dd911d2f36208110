"""Devices: what their agents say of IPv6, judged check by check (D1 to D14).

:func:`.polling.poll_devices` asks, :func:`.judging.check_device` judges one or two polls of a
device, :func:`.share.traffic_share` says how much of its traffic is IPv6 and when that cannot be
said. Everything but the polling is a pure function.
"""

from .judging import check_device
from .polling import poll_devices
from .polls import DevicePoll, OverIpv6, poll_of_recording
from .share import FamilyOctets, TrafficShare, traffic_share

__all__ = [
    "DevicePoll",
    "FamilyOctets",
    "OverIpv6",
    "TrafficShare",
    "check_device",
    "poll_devices",
    "poll_of_recording",
    "traffic_share",
]
