"""The building blocks of the networks: ReLU and batch normalization, which every runtime has and runs fast."""

from torch import Tensor, nn
from torch.nn import functional


def conv(
    inputs: int, outputs: int, size: int = 1, stride: int = 1, *, groups: int = 1, active: bool = True
) -> nn.Module:
    """Convolution, batch normalization, and ReLU unless it is a block's last."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if active else nn.Sequential(*layers)


class Squeeze(nn.Module):
    """Narrows, convolves, and widens; adds the input (He et al. 2016).

    Uses full convolutions: on a processor, they train several times faster than depthwise ones.
    """

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(conv(channels, inner), conv(inner, inner, 3), conv(inner, channels, active=False))

    def forward(self, features: Tensor) -> Tensor:
        return features + self.branch(features)


class Twice(nn.Module):
    """Convolves twice and adds the input: for fine maps with few channels (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(conv(channels, channels, 3), conv(channels, channels, 3, active=False))

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.branch(features))


class TopDown(nn.Module):
    """Merges three maps, each half as fine as the one before, at the finest (Lin et al. 2017)."""

    def __init__(self, inputs: tuple[int, int, int], outputs: int) -> None:
        super().__init__()
        self.sides = nn.ModuleList(conv(channels, outputs, active=False) for channels in inputs)

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> Tensor:
        joined = self.sides[2](coarse)
        for side, features in ((self.sides[1], middle), (self.sides[0], fine)):
            joined = side(features) + functional.interpolate(joined, scale_factor=2.0, mode="nearest")
        return functional.relu(joined)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
