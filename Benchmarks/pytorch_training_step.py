"""Time a training step in eager PyTorch; `training-step` calls this.

Networks are written as people write them: modules, in-place ReLU where torchvision has it, batch norm modules.
With more than one factor each weight is applied factor after factor, as LoRITa's authors do.
"""
import sys, time

import torch
from torch import nn
from torch.nn import functional as F

FACTORS = 1


def linear(inputs, outputs, bias=True):
    squares = [nn.Linear(inputs, inputs, bias=False) for _ in range(FACTORS - 1)]
    return nn.Sequential(*squares, nn.Linear(inputs, outputs, bias=bias))


def convolution(inputs, outputs, kernel, stride=1, padding=0):
    squares = [nn.Conv2d(outputs, outputs, 1, bias=False) for _ in range(FACTORS - 1)]
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False), *squares)


def fcn6():
    layers = [nn.Flatten()]
    for _ in range(5):
        layers += [linear(784, 784), nn.BatchNorm1d(784), nn.ReLU()]
    return nn.Sequential(*layers, linear(784, 10)), (1, 28, 28)


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride, 1)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = convolution(outputs, outputs, 3, 1, 1)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.added = stride, outputs - inputs

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn2(self.conv2(h))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.added // 2, self.added // 2))
        return F.relu(h + x)


class SmallResNet(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1 = convolution(3, 16, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(16)
        layers, inputs = [], 16
        for stage, outputs in enumerate((16, 32, 64)):
            for block in range(blocks):
                layers.append(Block(inputs, outputs, 2 if stage and not block else 1))
                inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.linear = linear(64, 10)

    def forward(self, x):
        h = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.avg_pool2d(h, h.size(3)).flatten(1))


def vgg16():
    layers, inputs = [], 3
    for outputs in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if outputs:
            layers += [convolution(inputs, outputs, 3, 1, 1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
            inputs = outputs
        else:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), linear(512, 10)), (3, 32, 32)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm, self.heads = nn.LayerNorm(width), heads
        self.q, self.k, self.v, self.out = (linear(width, width, bias=False) for _ in range(4))

    def forward(self, x):
        h = self.norm(x)
        batch, tokens, width = h.shape
        q, k, v = (part(h).view(batch, tokens, self.heads, -1).transpose(1, 2)
                   for part in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class VisionTransformer(nn.Module):
    def __init__(self, layers, heads, width=192, hidden=384):
        super().__init__()
        self.patch = linear(48, width)
        self.register_buffer("positions", torch.randn(64, width))
        self.blocks = nn.ModuleList(
            nn.ModuleList([Attention(width, heads), nn.Sequential(
                nn.LayerNorm(width), linear(width, hidden), nn.GELU(), linear(hidden, width))])
            for _ in range(layers))
        self.head = nn.Sequential(nn.LayerNorm(width), linear(width, 10))

    def forward(self, x):
        h = x.view(-1, 3, 8, 4, 8, 4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 64, 48)
        h = self.patch(h) + self.positions
        for attention, mlp in self.blocks:
            h = attention(h) + h
            h = mlp(h) + h
        return self.head(h.mean(1))


NETWORKS = {
    "fcn6": fcn6,
    "resnet20": lambda: (SmallResNet(3), (3, 32, 32)),
    "vgg16": vgg16,
    "vit-l4-h8": lambda: (VisionTransformer(4, 8), (3, 32, 32)),
    "vit-l8-h8": lambda: (VisionTransformer(8, 8), (3, 32, 32)),
}


def main():
    global FACTORS
    name, FACTORS, threads, steps = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    model, shape = NETWORKS[name]()
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": 1e-3}, {"params": others}], lr=0.05, momentum=0.9, fused=True)
    count = 128 * steps
    images = torch.randn(count, *shape)
    labels = torch.arange(count) % 10
    for epoch in range(2):
        order = torch.randperm(count)
        start = time.perf_counter()
        for step in range(steps):
            index = order[step * 128:(step + 1) * 128]
            loss = F.cross_entropy(model(images[index]), labels[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            loss.item()
    print((time.perf_counter() - start) * 1000 / steps)


if __name__ == "__main__":
    main()
