"""What can go wrong with a broker, in words that say what happened and what to do next."""


class BrokerError(Exception):
    """A broker could not do what was asked. The message names the fault and the next step."""


class PortTaken(BrokerError):
    """A port that the broker needs belongs to another process."""


class NotInstalled(BrokerError):
    """The broker's program is not on this machine yet."""


class StartFailed(BrokerError):
    """The broker was started and ended, or never answered."""


class NotRunning(BrokerError):
    """What was asked needs a running broker."""
