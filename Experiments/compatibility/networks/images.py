"""Networks for images, of torchvision and of transformers."""

import torch

# Beside a build of PyTorch for the CPU torchvision's compiled operators do not load. Its models do
# not call them, but their import looks for these two.
try:
    import torchvision  # noqa: F401
except RuntimeError:
    _library = torch.library.Library("torchvision", "FRAGMENT")
    _library.define("nms(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    _library.define("qnms(Tensor boxes, Tensor scores, float threshold) -> Tensor")

from torchvision import models  # noqa: E402

from .network import Inputs, Network, images, network  # noqa: E402


def _classifier(module, size=64, example=2, test=3):
    return Network(module, Inputs(images(example, size)), Inputs(images(test, size)))


@network(train=True, decomposed=True, onnx={18: True, 13: False})
def resnet18():
    return _classifier(models.resnet18(num_classes=10))


@network(train=True, decomposed=True, onnx={18: True, 11: False})
def mobilenet_v3_small():
    return _classifier(models.mobilenet_v3_small(num_classes=10))


@network(train=True, decomposed=True, onnx={20: True, 17: False})
def vit_b_16():
    return _classifier(models.vit_b_16(image_size=64, num_classes=10))


@network(decomposed=True, onnx={18: True, 14: False})
def convnext_tiny():
    return _classifier(models.convnext_tiny(num_classes=10))


@network(train=True, onnx={19: True, 12: False})
def efficientnet_b0():
    return _classifier(models.efficientnet_b0(num_classes=10))


@network(train=True, decomposed=True, onnx={18: True})
def densenet121():
    return _classifier(models.densenet121(num_classes=10))


@network(onnx={18: True, 11: False})
def squeezenet1_1():
    return _classifier(models.squeezenet1_1(num_classes=10))


@network(onnx={18: True, 16: False})
def regnet_y_400mf():
    return _classifier(models.regnet_y_400mf(num_classes=10))


@network(decomposed=True, onnx={18: True, 17: False})
def swin_t():
    return _classifier(models.swin_t(num_classes=10))


@network(decomposed=True, onnx={18: True, 15: False})
def deeplabv3_mobilenet_v3_large():
    module = models.segmentation.deeplabv3_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=5, aux_loss=True
    )
    return _classifier(module)


@network(onnx={18: True})
def resnet18_any_size():
    """Batch, height and width are free."""
    module = models.resnet18(num_classes=10)
    test = torch.randn(3, 3, 96, 80)
    return Network(module, Inputs(torch.randn(2, 3, 64, 72)), Inputs(test))


@network
def resnet18_fixed():
    """Every size is a number."""
    module = models.resnet18(num_classes=10)
    return _classifier(module, example=2, test=2)


@network(strict=True)
def resnet18_strict():
    """Traced from Python's byte code, which names values otherwise."""
    return _classifier(models.resnet18(num_classes=10))


@network
def resnet18_half():
    """Weights and inputs of 16 bits."""
    module = models.resnet18(num_classes=10).to(torch.bfloat16)
    return Network(
        module, Inputs(images(2, 64).to(torch.bfloat16)), Inputs(images(3, 64).to(torch.bfloat16))
    )


@network
def resnet18_channels_last():
    """Weights that lie in memory with channels last."""
    module = models.resnet18(num_classes=10).to(memory_format=torch.channels_last)
    return _classifier(module)


@network(train=True, onnx={18: True})
def vit_transformers():
    from transformers import ViTConfig, ViTForImageClassification

    config = ViTConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        image_size=32, patch_size=8, num_labels=5,
    )
    return _classifier(ViTForImageClassification(config), size=32)
